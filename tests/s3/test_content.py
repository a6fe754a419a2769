"""A file's content on a real S3 server: the link serves ranges, names and checksums, and ends."""

import openai
import pytest

from lambdas.core.filenames import attachment
from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import MIB, PART, Uploader, content_of

CONTENT = content_of(PART + 1000, "content")


@pytest.fixture
def file_id(alice_uploads: Uploader) -> str:
    """A file of two parts."""
    upload = alice_uploads.begin(len(CONTENT), filename="größe 書.jsonl")
    return str(alice_uploads.complete(upload, alice_uploads.send_all(upload, CONTENT))["id"])


def test_the_sdk_reads_the_content_through_the_redirect(alice: openai.OpenAI, file_id: str) -> None:
    assert alice.files.content(file_id).content == CONTENT


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-299", 100, 300),
        (f"bytes={PART - 5}-{PART + 4}", PART - 5, PART + 5),
        (f"bytes={PART}-", PART, len(CONTENT)),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
    ],
)
def test_ranges_are_served(
    alice_uploads: Uploader, file_id: str, asked: str, start: int, stop: int
) -> None:
    link = alice_uploads.url_of({"id": file_id})
    answered = alice_uploads.bed.request("GET", link, [("Range", asked)])
    assert answered.status == 206
    assert answered.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert answered.body == CONTENT[start:stop]


def test_the_redirect_tells_the_checksum_of_the_whole(
    alice_uploads: Uploader, file_id: str
) -> None:
    redirect = alice_uploads.read({"id": file_id})
    assert redirect.status_code == 302
    assert redirect.headers["x-larder-crc64nvme"] == crc64nvme(CONTENT)


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (PART - 5, PART + 995), (0, 4 * MIB)])
def test_a_range_that_one_answer_may_carry_comes_at_once(
    alice_uploads: Uploader, file_id: str, start: int, stop: int
) -> None:
    answered = alice_uploads.read({"id": file_id}, Range=f"bytes={start}-{stop - 1}")
    assert answered.status_code == 206
    assert answered.content == CONTENT[start:stop]


def test_s3_keeps_the_same_checksum_of_the_whole(bed: Bed, file_id: str) -> None:
    [key] = bed.object_keys()
    head = bed.session.client("s3").head_object(
        Bucket=bed.deployment.content_bucket, Key=key, ChecksumMode="ENABLED"
    )
    assert (head["ChecksumCRC64NVME"], head["ChecksumType"]) == (crc64nvme(CONTENT), "FULL_OBJECT")


@pytest.mark.parametrize(
    "filename",
    ["plain.jsonl", "größe 書 🥫.jsonl", "a\"b';c,d.txt", "100%.txt", "a+b & c=d?.txt", "é" * 127],
)
def test_content_is_downloaded_under_its_name(alice_uploads: Uploader, filename: str) -> None:
    upload = alice_uploads.begin(1, filename=filename)
    file = alice_uploads.complete(upload, [alice_uploads.stage(upload, b"x")])
    link = alice_uploads.url_of(file)
    answered = alice_uploads.bed.request("GET", link)
    assert answered.status == 200
    assert answered.headers["content-disposition"] == attachment(filename)
    assert answered.headers["content-type"] == "application/octet-stream"


def test_a_link_ends_after_fifteen_minutes(bed: Bed, alice_uploads: Uploader, file_id: str) -> None:
    bed.clock.move(seconds=-890)
    living = alice_uploads.url_of({"id": file_id})
    bed.clock.move(seconds=-20)
    ended = alice_uploads.url_of({"id": file_id})
    assert bed.request("GET", living).status == 200
    assert bed.request("GET", ended).status == 403


def test_a_link_ends_with_its_file_though_it_is_younger_than_fifteen_minutes(
    bed: Bed, alice_uploads: Uploader
) -> None:
    bed.clock.move(seconds=-3602)
    upload = alice_uploads.begin(1, expires_after={"anchor": "created_at", "seconds": 3600})
    file = alice_uploads.complete(upload, [alice_uploads.stage(upload, b"x")])
    bed.clock.set(file["expires_at"] - 1)  # in real time it has just expired
    link = alice_uploads.url_of(file)
    assert bed.request("GET", link).status == 403


def test_bytes_are_not_served_without_a_link(bed: Bed, file_id: str) -> None:
    [key] = bed.object_keys()
    assert bed.request("GET", f"{bed.bucket.url}/{key}").status == 403
