"""Presigned part URLs on a real S3 server: what was signed is taken, of that size and sum alone.

`test_altered_urls.py` has every other way in which a URL is not the one that was signed.
"""

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.uploader import MIB, PART, Uploader, content_of

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

SIZE = 2 * PART + 1
FIRST, OTHER = content_of(PART, "first"), content_of(PART, "other")


def test_a_part_is_stored_as_it_was_sent(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    alice_uploads.send(upload, 1, FIRST)
    [part] = alice_uploads.parts(upload)
    assert (part["id"], part["part_number"], part["bytes"]) == ("part_00001", 1, PART)


def test_parts_become_the_file_whatever_order_they_came_in(alice_uploads: Uploader) -> None:
    content = FIRST + OTHER + b"!"
    upload = alice_uploads.begin(SIZE)
    for number, piece in ((3, b"!"), (1, FIRST), (2, OTHER)):
        alice_uploads.send(upload, number, piece)
    file = alice_uploads.complete(upload, ["part_00001", "part_00002", "part_00003"])
    assert alice_uploads.content(file) == content


def test_a_part_sent_again_replaces_the_first(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(PART)
    alice_uploads.send(upload, 1, OTHER)
    alice_uploads.send(upload, 1, FIRST)
    file = alice_uploads.complete(upload, ["part_00001"])
    assert alice_uploads.content(file) == FIRST


def test_a_part_with_its_checksum_is_stored(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1, crc64nvme(FIRST))
    assert alice_uploads.put(link, FIRST).status == 200


@pytest.mark.parametrize("size", [0, 1, 5 * MIB - 1, 5 * MIB, PART - 1, PART + 1])
def test_another_length_is_refused_so_no_part_but_the_last_is_small(
    alice_uploads: Uploader, size: int
) -> None:
    """S3 takes no part under 5 MiB but the last; the length is signed, so none can come."""
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1)
    headers = {**link["headers"], "content-length": str(size)}
    assert alice_uploads.put(link, content_of(size), headers).status == 403
    assert alice_uploads.parts(upload) == []


def test_the_last_part_has_exactly_the_rest(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 3)
    assert link["headers"]["content-length"] == str(link["bytes"]) == "1"
    headers = {**link["headers"], "content-length": "2"}
    assert alice_uploads.put(link, b"12", headers).status == 403
    assert alice_uploads.put(link, b"1").status == 200


def test_a_part_cut_short_never_arrives(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1)
    url = urlsplit(link["url"])
    assert url.hostname
    head = (
        f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {PART}\r\n"
    )
    with socket.create_connection((url.hostname, url.port or 80), 20) as connection:
        connection.sendall(f"{head}\r\n".encode() + FIRST[:-1])
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert alice_uploads.parts(upload) == []


def test_bytes_that_differ_from_the_signed_checksum_are_refused(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1, crc64nvme(FIRST))
    assert alice_uploads.put(link, OTHER).status == 400
    assert alice_uploads.parts(upload) == []


@pytest.mark.parametrize("checksum", [crc64nvme(OTHER), None])
def test_another_checksum_than_the_signed_one_is_refused(
    alice_uploads: Uploader, checksum: str | None
) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1, crc64nvme(FIRST))
    headers = {"content-length": link["headers"]["content-length"]}
    if checksum is not None:
        headers["x-amz-checksum-crc64nvme"] = checksum
    assert alice_uploads.put(link, OTHER, headers).status == 403
    assert alice_uploads.parts(upload) == []


def test_a_header_that_was_not_signed_is_refused(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1)
    headers = {**link["headers"], "x-amz-server-side-encryption-customer-algorithm": "AES256"}
    assert alice_uploads.put(link, FIRST, headers).status == 403
    assert alice_uploads.parts(upload) == []


def test_an_expired_url_is_refused_and_a_new_one_is_taken(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(SIZE)
    bed.clock.move(seconds=-901)
    old = alice_uploads.link(upload, 1)
    assert alice_uploads.put(old, FIRST).status == 403
    bed.clock.move(seconds=30)
    assert alice_uploads.put(alice_uploads.link(upload, 1), FIRST).status == 200


def test_a_url_never_outlives_its_session(bed: Bed, alice_uploads: Uploader) -> None:
    bed.clock.move(seconds=-86_400)
    upload = alice_uploads.begin(SIZE)
    alice_uploads.link(upload, 1)
    end = alice_uploads.end_of(upload)
    bed.clock.set(end - 1)
    link = alice_uploads.link(upload, 1)
    assert link["expires_at"] == end
    bed.clock.move(seconds=-60)
    assert alice_uploads.put(link, FIRST).status == 403  # in real time it ended just now


def test_a_url_is_worth_nothing_once_the_upload_is_cancelled(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    link = alice_uploads.link(upload, 1)
    assert alice_uploads.try_to_cancel(upload).status_code == 200
    assert alice_uploads.put(link, FIRST).status == 404


def test_a_url_is_worth_nothing_once_the_upload_is_completed(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(PART)
    link = alice_uploads.link(upload, 1)
    alice_uploads.put(link, FIRST)
    file = alice_uploads.complete(upload, ["part_00001"])
    assert alice_uploads.put(link, OTHER).status == 404
    assert alice_uploads.content(file) == FIRST


def test_s3_itself_takes_no_small_part_in_the_middle(bed: Bed) -> None:
    """Signed lengths make this impossible by our URLs; the server would not join such parts."""
    s3 = bed.session.client("s3")
    bucket, key = CONTENT_BUCKET, "expires-in-01d/alice/small"
    multipart_id = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts: list[CompletedPartTypeDef] = []
    for number in (1, 2):
        sent = s3.upload_part(
            Bucket=bucket,
            Key=key,
            UploadId=multipart_id,
            PartNumber=number,
            Body=content_of(5 * MIB - 1),
        )
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    with pytest.raises(s3.exceptions.ClientError, match="EntityTooSmall"):
        s3.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=multipart_id, MultipartUpload={"Parts": parts}
        )
