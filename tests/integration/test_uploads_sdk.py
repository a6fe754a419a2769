"""Large files through the unmodified SDK: `client.uploads`, in parts that one request carries."""

import hashlib
from pathlib import Path

import openai
import pytest

from tests.bed.bed import BASE_URL, Bed
from tests.bed.uploader import MIB, content_of

SIZE = 30 * MIB
PART_SIZE = 4 * MIB


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 30 MiB."""
    path = tmp_path / "large.jsonl"
    path.write_bytes(content_of(SIZE))
    return path


def test_a_file_of_30_mib_comes_back_byte_for_byte(
    bed: Bed, alice: openai.OpenAI, large: Path
) -> None:
    upload = alice.uploads.upload_file_chunked(
        file=large, mime_type="application/jsonl", purpose="batch", part_size=PART_SIZE
    )
    assert (upload.status, upload.bytes, upload.filename) == ("completed", SIZE, "large.jsonl")
    assert upload.file is not None
    assert alice.files.retrieve(upload.file.id) == upload.file
    assert alice.files.content(upload.file.id).content == large.read_bytes()
    assert bed.object_keys() == [f"expires-in-30d/alice/{upload.id}"]


def test_bytes_in_memory_are_uploaded_under_their_name(alice: openai.OpenAI) -> None:
    content = content_of(5 * MIB)
    upload = alice.uploads.upload_file_chunked(
        file=content,
        filename="größe.jsonl",
        bytes=len(content),
        mime_type="application/jsonl",
        purpose="batch",
        part_size=PART_SIZE,
        md5=hashlib.md5(content).hexdigest(),
    )
    assert upload.file is not None
    assert upload.file.filename == "größe.jsonl"
    assert alice.files.content(upload.file.id).content == content


def test_a_wrong_md5_is_refused(alice: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        alice.uploads.upload_file_chunked(
            file=b"abc",
            filename="a",
            bytes=3,
            mime_type="text/plain",
            purpose="batch",
            md5="0" * 32,
        )
    assert refused.value.param == "md5"
    assert alice.files.list().data == []


def test_each_call_of_the_sdk_works(alice: openai.OpenAI) -> None:
    upload = alice.uploads.create(
        filename="a.jsonl",
        purpose="batch",
        bytes=6,
        mime_type="application/jsonl",
        expires_after={"anchor": "created_at", "seconds": 7200},
    )
    second = alice.uploads.parts.create(upload.id, data=b"def")
    first = alice.uploads.parts.create(upload.id, data=b"abc")
    completed = alice.uploads.complete(upload.id, part_ids=[first.id, second.id])
    assert completed.file is not None
    assert completed.file.expires_at == completed.file.created_at + 7200
    assert alice.files.content(completed.file.id).content == b"abcdef"


def test_the_sdk_cancels(alice: openai.OpenAI) -> None:
    upload = alice.uploads.create(
        filename="a", purpose="batch", bytes=6, mime_type="application/jsonl"
    )
    assert alice.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="is cancelled"):
        alice.uploads.parts.create(upload.id, data=b"abc")


WAYS = (
    "upload_file_chunked",
    "4 MiB",
    "`larder upload`",
    "larder.upload_file",
    "larder.http_client()",
)


@pytest.mark.parametrize(
    "part_size",
    [PART_SIZE + 1, 7 * MIB, 64 * MIB],  # too large for us, for a function, for the gateway
)
def test_a_part_that_is_too_large_is_told_the_three_ways(
    alice: openai.OpenAI, part_size: int
) -> None:
    content = bytes(part_size)
    upload = alice.uploads.create(
        filename="a", purpose="batch", bytes=part_size, mime_type="text/plain"
    )
    with pytest.raises(openai.APIStatusError) as refused:
        alice.uploads.parts.create(upload.id, data=content)
    assert refused.value.status_code == 413
    assert refused.value.code == "content_too_large"
    for way in WAYS:
        assert way in refused.value.message


async def test_the_asynchronous_sdk_uploads_too(bed: Bed) -> None:
    client = openai.AsyncOpenAI(
        api_key=bed.api_key("alice"),
        base_url=BASE_URL,
        http_client=openai.DefaultAsyncHttpxClient(transport=bed.transport()),
    )
    content = content_of(9 * MIB)
    upload = await client.uploads.upload_file_chunked(
        file=content,
        filename="a.jsonl",
        bytes=len(content),
        mime_type="application/jsonl",
        purpose="batch",
        part_size=PART_SIZE,
    )
    assert upload.file is not None
    assert (await client.files.content(upload.file.id)).content == content
