"""Large files through the one base URL: a plain form of an unmodified client, byte for byte.

Both SDKs send 200 MiB, the most that a batch may have: Python's says the form's length before, and
Node's sends it in chunks. Whoever differs in how the form is put together alone sends 20 MiB: more
than two of S3's parts, and more than the sockets between hold.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.e2e.batches import MIB, large_file
from tests.e2e.user import User

pytestmark = pytest.mark.slow
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")


class Sample:
    """A file on disk, and what is to be read of it."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = large_file(path, size)
        self.size = size
        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    def must_be(self, created: dict[str, Any], sha256: str) -> None:
        """See that this was stored, and read."""
        assert (created["bytes"], created["filename"]) == (self.size, self.path.name)
        assert sha256 == self.sha256


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """The largest batch."""
    path = tmp_path_factory.mktemp("large") / "groß.jsonl"
    yield Sample(path, 200 * MIB)
    path.unlink()


@pytest.fixture(scope="module")
def lesser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """More than two of S3's parts, and no round number."""
    path = tmp_path_factory.mktemp("lesser") / "größer.jsonl"
    yield Sample(path, 20 * MIB + 1)
    path.unlink()


@pytest.fixture
def user(user: User) -> Iterator[User]:
    """A user whose files are deleted in the end, for they are large."""
    yield user
    with user.sdk() as client:
        for file in client.files.list():
            client.files.delete(file.id)


def chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            yield chunk


class OnlyReadable:
    """Content that comes from somewhere: its length is not known, and it cannot be rewound."""

    def __init__(self, path: Path) -> None:
        self._chunks = chunks_of(path)

    def read(self, _size: int = -1) -> bytes:
        return next(self._chunks, b"")


def read_by(client: openai.OpenAI, file_id: str) -> str:
    digest = hashlib.sha256()
    with client.files.with_streaming_response.content(file_id) as answer:
        for chunk in answer.iter_bytes(MIB):
            digest.update(chunk)
    return digest.hexdigest()


def by_curl(user: User, path: Path, *options: str) -> str:
    """Store a form, and return the file's id."""
    form = ("-F", "purpose=batch", "-F", f"file=@{path}")
    return str(json.loads(curl(user, "/files", *options, *form))["id"])


def read_by_curl(user: User, file_id: str) -> str:
    path = user.home / "content"
    curl(user, f"/files/{file_id}/content", "-o", path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    path.unlink()
    return digest.hexdigest()


def curl(user: User, path: str, *options: object) -> str:
    key = f"Authorization: Bearer {user.key}"
    return user.run("curl", "-sSf", user.deployment.base_url + path, "-H", key, *options).stdout


def test_the_python_sdk_stores_an_open_file(client: openai.OpenAI, large: Sample) -> None:
    with large.path.open("rb") as file:
        created = client.files.create(file=file, purpose="batch")
    large.must_be(created.model_dump(), read_by(client, created.id))


def test_the_python_sdk_stores_a_stream(client: openai.OpenAI, lesser: Sample) -> None:
    stream: Any = OnlyReadable(lesser.path)
    created = client.files.create(file=(lesser.path.name, stream), purpose="batch")
    lesser.must_be(created.model_dump(), read_by(client, created.id))


async def test_the_async_python_sdk_stores_an_open_file(user: User, lesser: Sample) -> None:
    digest = hashlib.sha256()
    async with openai.AsyncOpenAI(base_url=user.deployment.base_url, api_key=user.key) as client:
        with lesser.path.open("rb") as file:
            created = await client.files.create(file=file, purpose="batch")
        async with client.files.with_streaming_response.content(created.id) as answer:
            async for chunk in answer.iter_bytes(MIB):
                digest.update(chunk)
    lesser.must_be(created.model_dump(), digest.hexdigest())


def test_upload_file_chunked_takes_its_own_part_size(client: openai.OpenAI, large: Sample) -> None:
    upload = client.uploads.upload_file_chunked(
        file=large.path, mime_type="application/jsonl", purpose="batch"
    )
    assert upload.file is not None
    large.must_be(upload.file.model_dump(), read_by(client, upload.file.id))


def test_the_node_sdk_stores_a_stream_in_chunks_before_its_purpose(
    user: User, large: Sample
) -> None:
    seen = user.node("large.mjs", "stream", large.path)
    assert seen["chunked"]
    large.must_be(seen["created"], seen["sha256"])


def test_the_node_sdk_stores_content_of_known_length(user: User, lesser: Sample) -> None:
    seen = user.node("large.mjs", "blob", lesser.path)
    assert not seen["chunked"]
    lesser.must_be(seen["created"], seen["sha256"])


@pytest.mark.parametrize("way", ["requests", "requests_toolbelt", "aiohttp", "aiohttp_in_chunks"])
def test_other_libraries_store_more_than_one_part(user: User, lesser: Sample, way: str) -> None:
    seen = user.python("clients", "large_files.py", way, lesser.path)
    lesser.must_be(seen["created"], seen["sha256"])


@needs_curl
@pytest.mark.parametrize(
    "header", ["Expect: 100-continue", "Expect:", "Transfer-Encoding: chunked"]
)
def test_curl_stores_a_form_that_it_asks_for_or_sends_at_once_or_in_chunks(
    user: User, client: openai.OpenAI, lesser: Sample, header: str
) -> None:
    created = client.files.retrieve(by_curl(user, lesser.path, "-H", header))
    lesser.must_be(created.model_dump(), read_by_curl(user, created.id))
