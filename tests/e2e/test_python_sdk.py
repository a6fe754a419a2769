"""The unmodified Python SDK against the deployed stacks."""

import asyncio
import hashlib
from pathlib import Path

import openai
import pytest

from tests.e2e.batches import MIB, batch_of, large_file
from tests.e2e.user import User

WEEK = 7 * 86_400


def test_a_batch_file_lives_from_its_creation_to_its_deletion(client: openai.OpenAI) -> None:
    content = batch_of(4 * MIB)
    created = client.files.create(
        file=("Äpfel 日本.jsonl", content),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": WEEK},
    )
    assert (created.bytes, created.filename) == (len(content), "Äpfel 日本.jsonl")
    assert (created.purpose, created.status) == ("batch", "processed")
    assert created.expires_at == created.created_at + WEEK
    assert client.files.list().data == [created]
    assert client.files.retrieve(created.id) == created
    assert client.files.content(created.id).read() == content
    assert client.files.delete(created.id).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {created.id}"):
            gone(created.id)
    assert client.files.list().data == []


def test_waiting_for_processing_returns_at_once(client: openai.OpenAI) -> None:
    created = client.files.create(file=("a.jsonl", b"{}\n"), purpose="batch")
    # A single look: with a second one it would wait for an hour.
    waited = client.files.wait_for_processing(created.id, poll_interval=3600)
    assert waited == created


def test_a_list_is_paged_through_in_both_orders(client: openai.OpenAI) -> None:
    created = [
        client.files.create(file=(f"{number}.jsonl", b"{}\n"), purpose="batch").id
        for number in range(5)
    ]
    oldest_first = [file.id for file in client.files.list(limit=2, order="asc")]
    newest_first = [file.id for file in client.files.list(limit=2)]
    assert oldest_first == created
    assert newest_first == created[::-1]


def test_a_range_of_the_content_can_be_read(client: openai.OpenAI) -> None:
    created = client.files.create(file=("a.jsonl", b"0123456789"), purpose="batch")
    part = client.files.content(created.id, extra_headers={"Range": "bytes=2-5"})
    assert (part.response.status_code, part.read()) == (206, b"2345")


def test_a_large_file_is_uploaded_in_chunks(client: openai.OpenAI, tmp_path: Path) -> None:
    path = large_file(tmp_path / "large.jsonl", 30 * MIB)
    content = path.read_bytes()
    upload = client.uploads.upload_file_chunked(
        file=path,
        mime_type="application/jsonl",
        purpose="batch",
        part_size=4 * MIB,
        md5=hashlib.md5(content).hexdigest(),
    )
    assert upload.status == "completed"
    assert upload.file is not None
    assert (upload.file.bytes, upload.file.filename) == (30 * MIB, "large.jsonl")
    assert client.files.list().data == [upload.file]
    assert client.files.content(upload.file.id).read() == content


async def test_the_async_client_creates_files_at_once_and_each_is_counted(user: User) -> None:
    async with openai.AsyncOpenAI(base_url=user.deployment.base_url, api_key=user.key) as client:
        created = await asyncio.gather(
            *(
                client.files.create(file=(f"{number}.jsonl", b"%d\n" % number), purpose="batch")
                for number in range(8)
            )
        )
        contents = [(await client.files.content(file.id)).read() for file in created]
        listed = [file.id async for file in client.files.list(limit=3)]
    assert contents == [b"%d\n" % number for number in range(8)]
    assert sorted(listed) == sorted(file.id for file in created)
    usage = user.usage()
    assert (usage["bytes"], usage["files"]) == (16, 8)


def test_without_a_front_door_a_file_over_the_limit_of_one_call_is_refused_naming_the_ways(
    user: User,
) -> None:
    api_url = user.deployment.front_door.api_url
    with (
        openai.OpenAI(base_url=api_url, api_key=user.key) as client,
        pytest.raises(openai.APIStatusError, match="upload_file_chunked") as refused,
    ):
        client.files.create(file=("a.jsonl", bytes(4 * MIB + 1)), purpose="batch")
    assert (refused.value.status_code, refused.value.code) == (413, "content_too_large")
