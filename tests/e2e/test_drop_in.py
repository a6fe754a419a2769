"""The drop-in: the SDK's own `files.create` with what is too large for one call."""

import filecmp
import gzip
from pathlib import Path

import openai
import pytest

import larder
from tests.e2e.batches import MIB, large_file
from tests.e2e.user import User


@pytest.fixture
def large(user: User) -> Path:
    """A file that is many times too large for one call."""
    return large_file(user.home / "groß.jsonl", 40 * MIB + 5)


def test_files_create_takes_a_large_file(user: User, large: Path) -> None:
    with (
        openai.OpenAI(
            base_url=user.deployment.base_url, api_key=user.key, http_client=larder.http_client()
        ) as client,
        large.open("rb") as file,
    ):
        created = client.files.create(
            file=file,
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": 3600},
        )
        assert (created.bytes, created.filename) == (large.stat().st_size, large.name)
        assert created.expires_at == created.created_at + 3600
        assert client.files.retrieve(created.id) == created
        client.files.content(created.id).write_to_file(user.home / "copy")
    assert filecmp.cmp(large, user.home / "copy", shallow=False)


async def test_the_async_files_create_takes_a_large_file(user: User, large: Path) -> None:
    async with openai.AsyncOpenAI(
        base_url=user.deployment.base_url, api_key=user.key, http_client=larder.async_http_client()
    ) as client:
        created = await client.files.create(file=large, purpose="batch")
        (await client.files.content(created.id)).write_to_file(user.home / "copy")
    assert filecmp.cmp(large, user.home / "copy", shallow=False)


def test_download_file_brings_back_what_came_from_a_stream(user: User, large: Path) -> None:
    with gzip.open(user.home / "packed", "wb", compresslevel=0) as packed:
        packed.write(large.read_bytes())
    with user.sdk() as client:
        with gzip.open(user.home / "packed") as stream:
            uploaded = larder.upload_file(client, (large.name, stream), purpose="batch")
        done = larder.download_file(client, uploaded.id, user.home / "back")
    assert (done.file, done.path, done.verified) == (uploaded, user.home / "back", True)
    assert filecmp.cmp(large, user.home / "back", shallow=False)
