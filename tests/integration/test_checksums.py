"""Every file has its CRC64NVME, whether or not S3 tells it: moto does not, as emulators do not."""

from collections.abc import Callable

import openai
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import MIB, PART, Uploader, content_of, cut
from tests.bed.wire import Call, Killed, Send

CONTENT = content_of(PART + MIB, "checksum")


def staged(uploader: Uploader, upload: dict[str, object]) -> list[str]:
    return [uploader.stage(upload, piece) for piece in cut(CONTENT, 4 * MIB, 4 * MIB)]


def presigned(uploader: Uploader, upload: dict[str, object]) -> list[str]:
    return uploader.send_all(upload, CONTENT)


def presigned_with_checksums(uploader: Uploader, upload: dict[str, object]) -> list[str]:
    for number, piece in enumerate(cut(CONTENT, PART), 1):
        link = uploader.link(upload, number, crc64nvme(piece))
        assert uploader.put(link, piece).status == 200
    return ["part_00001", "part_00002"]


Way = Callable[[Uploader, dict[str, object]], list[str]]
WAYS = pytest.mark.parametrize("way", [staged, presigned, presigned_with_checksums])


def told(uploader: Uploader, file: dict[str, object]) -> str | None:
    checksum = uploader.checksum_of(file)
    assert uploader.read(file).headers["x-larder-crc64nvme"] == checksum
    return checksum


@pytest.mark.parametrize("content", [b"", b"{}\n", CONTENT[: 4 * MIB]], ids=len)
def test_a_file_of_a_form_has_its_checksum(
    alice: openai.OpenAI, alice_uploads: Uploader, content: bytes
) -> None:
    file = alice.files.create(file=("a.jsonl", content), purpose="batch")
    assert told(alice_uploads, {"id": file.id}) == crc64nvme(content)


@WAYS
def test_a_file_of_parts_has_its_checksum(alice_uploads: Uploader, way: Way) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    file = alice_uploads.complete(upload, way(alice_uploads, upload))
    assert told(alice_uploads, file) == crc64nvme(CONTENT)


@WAYS
def test_so_has_one_that_a_complete_which_died_had_joined(
    bed: Bed, alice_uploads: Uploader, way: Way
) -> None:
    def dying(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == "CompleteMultipartUpload":
            raise Killed
        return answered

    upload = alice_uploads.begin(len(CONTENT))
    part_ids = way(alice_uploads, upload)
    bed.wire.interceptor = dying
    assert alice_uploads.try_to_complete(upload, part_ids).status_code == 502
    bed.wire.interceptor = None
    assert told(alice_uploads, alice_uploads.complete(upload, part_ids)) == crc64nvme(CONTENT)
