"""The largest file there may be, 512 MiB, in presigned parts sent four at a time."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme, crc64nvme_of
from tests.bed.uploader import MIB, PART, Uploader, content_of

SIZE = 512 * MIB
AT_ONCE = 4


def piece(number: int) -> bytes:
    """The content of a part, numbered from 1; nobody holds all of them."""
    return content_of(PART, f"large {number}")


def pieces() -> Iterator[bytes]:
    return (piece(number) for number in range(1, SIZE // PART + 1))


def send(uploader: Uploader, upload: dict[str, Any], number: int) -> str:
    content = piece(number)
    answered = uploader.put(uploader.link(upload, number, crc64nvme(content)), content)
    assert answered.status == 200, answered
    return f"part_{number:05d}"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_512_mib_come_back_byte_for_byte(bed: Bed, service_uploads: Uploader) -> None:
    upload = service_uploads.begin(SIZE, purpose="batch-output")
    numbers = range(1, upload["part_count"] + 1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        part_ids = list(pool.map(lambda number: send(service_uploads, upload, number), numbers))
    file = service_uploads.complete(upload, part_ids)

    redirect = service_uploads.read(file)
    assert redirect.status_code == 302
    assert redirect.headers["x-larder-crc64nvme"] == crc64nvme_of(pieces())
    expected, received = hashlib.sha256(), hashlib.sha256()
    for content in pieces():
        expected.update(content)
    response = urllib3.PoolManager().request(
        "GET", redirect.headers["location"], preload_content=False
    )
    for chunk in response.stream(MIB):
        received.update(chunk)
    assert received.hexdigest() == expected.hexdigest()
    assert service_uploads.usage() == {"bytes": SIZE, "reserved_bytes": 0, "files": 1}
    assert bed.object_keys() == [f"expires-in-30d/alice/{upload['id']}"]
