"""All content that the front door sends to S3 has its CRC64NVME beside it, which S3 compares."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Send

PART = 100
CONTENT = bytes(range(250))
SIZES = pytest.mark.parametrize(
    ("size", "operations"),
    [
        pytest.param(1, ["PutObject"], id="a byte"),
        pytest.param(PART, ["PutObject"], id="a part of S3's"),
        pytest.param(2 * PART + 1, ["UploadPart"] * 3, id="three"),
    ],
)


@pytest.fixture(autouse=True)
def small_parts(bed: Bed) -> Iterator[None]:
    with (
        patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1),
        bed.front_door.with_settings(part_bytes=PART),
    ):
        yield


class Looking:
    """An interceptor that compares what is sent with its checksum."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.operation in ("PutObject", "UploadPart"):
            self.operations.append(call.operation)
            body: Any = call.request.body
            named: Any = call.request.headers["x-amz-checksum-crc64nvme"]
            assert named.decode() == crc64nvme(
                body.getvalue() if isinstance(body, BytesIO) else bytes(body)
            )
        return send()


@pytest.fixture
def looking(bed: Bed) -> Looking:
    bed.wire.interceptor = looking = Looking()
    return looking


def send(bed: Bed, path: str, **form: Any) -> None:
    answered = bed.through("front_door").http_of("alice").post(path, files=form)
    assert answered.status_code == 200, answered.text


@SIZES
def test_a_file_has(bed: Bed, looking: Looking, size: int, operations: list[str]) -> None:
    send(bed, "/files", purpose=(None, "batch"), file=("a", CONTENT[:size]))
    assert looking.operations == operations


@SIZES
def test_a_part_of_an_upload_has(
    bed: Bed, looking: Looking, size: int, operations: list[str]
) -> None:
    upload = Uploader(bed).begin(size)
    send(bed, f"/uploads/{upload['id']}/parts", data=("a", CONTENT[:size]))
    assert looking.operations == operations
