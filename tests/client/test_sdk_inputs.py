"""What `upload_file` and the drop-in take, and what goes with it, each by every way in."""

import asyncio
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import FileObject

import larder as larder_package
from larder.errors import LarderError, NoAnswerError, UsageError
from larder.net import connections
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.server import serving
from tests.client.fakes.service import API_KEY

pytestmark = pytest.mark.slow

MakeFile = Callable[..., Path]
Way = Callable[..., FileObject]
SMALL, LARGE = 10, 5 * 2**20


def upload_file_sync(base_url: str, file: Any, **options: Any) -> FileObject:
    with openai.OpenAI(base_url=base_url, **options) as client:
        return larder_package.upload_file(client, file, purpose="batch")


async def upload_file_async(base_url: str, file: Any, **options: Any) -> FileObject:
    async with openai.AsyncOpenAI(base_url=base_url, **options) as client:
        return await larder_package.upload_file(client, file, purpose="batch")


def drop_in_sync(base_url: str, file: Any, **options: Any) -> FileObject:
    http_client = larder_package.http_client()
    with openai.OpenAI(base_url=base_url, http_client=http_client, **options) as client:
        return client.files.create(file=file, purpose="batch")


async def drop_in_async(base_url: str, file: Any, **options: Any) -> FileObject:
    http_client = larder_package.async_http_client()
    async with openai.AsyncOpenAI(base_url=base_url, http_client=http_client, **options) as client:
        return await client.files.create(file=file, purpose="batch")


WAYS: dict[str, Any] = {
    "upload_file": upload_file_sync,
    "upload_file, async": upload_file_async,
    "drop-in": drop_in_sync,
    "drop-in, async": drop_in_async,
}


def through(way: str, larder: Larder, monkeypatch: pytest.MonkeyPatch) -> Way:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    larder.service.part_bytes = 2**20

    def run(file: Any, **options: Any) -> FileObject:
        options = {"base_url": larder.base_url, "api_key": API_KEY, **options}
        answer = WAYS[way](options.pop("base_url"), file, **options)
        created: FileObject = asyncio.run(answer) if asyncio.iscoroutine(answer) else answer
        return created

    return run


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch) -> Way:
    """A file through a client of the SDK, in one of four ways."""
    return through(request.param, larder, monkeypatch)


@pytest.fixture(params=["upload_file", "upload_file, async"])
def upload(request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch) -> Way:
    return through(request.param, larder, monkeypatch)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_query_goes_with_every_call(size: int, slash: str, larder: Larder, way: Way) -> None:
    query = {"api-version": "2026-01 ü&"}
    data = os.urandom(size)
    file = way(("a", data), default_query=query, base_url=larder.base_url + slash)
    assert larder.service.content(file.id) == data
    assert [request.query for request in larder.service.requests] == [
        query for _ in larder.service.requests
    ]
    assert bool(larder.service.uploads) == (size == LARGE)


ODD_TYPES = [
    "jsonl",
    "",
    "text/plain; charset=utf-8",
    "text/plain;",
    "täxt/plain",
    "a/b/c",
    "x" * 500,
]


@pytest.mark.parametrize("mime_type", [*ODD_TYPES, None])
def test_a_content_type_decides_nothing(mime_type: str | None, larder: Larder, way: Way) -> None:
    for size in (SMALL, LARGE):
        file = way(("a.jsonl", bytes(size), mime_type))
        assert (file.bytes, file.filename) == (size, "a.jsonl")


def test_headers_of_the_file_decide_nothing(larder: Larder, way: Way) -> None:
    for size in (SMALL, LARGE):
        file = way(("a.jsonl", bytes(size), "text/plain", {"X-Note": "b", "Content-Type": "jsonl"}))
        assert (file.bytes, file.filename) == (size, "a.jsonl")


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("key", [f"{API_KEY}\n", f"{API_KEY} \r\n", f" {API_KEY}"])
def test_white_space_around_the_key_is_no_part_of_it(
    key: str, size: int, larder: Larder, way: Way
) -> None:
    assert way(("a", bytes(size)), api_key=key).bytes == size


@pytest.mark.parametrize("way_in", WAYS)
@pytest.mark.parametrize("key", ["hid\nden", "hid\x1bden"])
def test_a_key_that_is_none_is_not_shown(
    key: str, way_in: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((openai.AuthenticationError, UsageError)) as refusal:
        through(way_in, larder, monkeypatch)(("a", bytes(LARGE)), api_key=key)
    error: BaseException | None = refusal.value
    while error is not None:  # a traceback shows them all
        assert "hid" not in str(error)
        error = error.__cause__ or error.__context__
    assert larder.service.requests == []


@pytest.mark.parametrize("way_in", ["drop-in", "drop-in, async"])
def test_nobody_there_is_asked_as_often_as_the_sdk_asks(
    way_in: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[BaseException] = []

    def nobody_is_there(error: BaseException) -> bool:
        failures.append(error)
        return connections.nobody_is_there(error)

    monkeypatch.setattr("larder.sdk.in_place.nobody_is_there", nobody_is_there)
    with serving("localhost", larder.service.answer) as server:
        url = f"http://localhost:{server.server_port}/v1"
    with pytest.raises(openai.APIConnectionError):
        through(way_in, larder, monkeypatch)(("a", bytes(LARGE)), base_url=url, max_retries=1)
    assert len(failures) == 2


@pytest.mark.parametrize("size", [0, SMALL, LARGE])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
def test_bytes_are_uploaded(kind: Any, size: int, larder: Larder, upload: Way) -> None:
    data = os.urandom(size)
    file = upload(kind(data))
    assert larder.service.content(file.id) == data
    assert file.filename == "upload"


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_tuple_names_its_content(
    size: int, larder: Larder, upload: Way, a_file: MakeFile
) -> None:
    path = a_file(size)
    data = path.read_bytes()
    with path.open("rb") as opened:
        for content in (data, io.BytesIO(data), path, opened):
            file = upload(("täglich.jsonl", content))
            assert larder.service.content(file.id) == data
            assert file.filename == "täglich.jsonl"
        assert upload((None, path)).filename == path.name
        assert upload((None, data, "application/jsonl")).filename == "upload"


def test_an_upload_for_another_owner_is_another_upload(
    larder: Larder, upload: Way, a_file: MakeFile
) -> None:
    path = a_file(LARGE)
    larder.fail_s3(Fault("PUT", "reset", skip=2, times=1000))
    with pytest.raises(NoAnswerError):
        upload(path, default_headers={"Larder-Owner": "bob"})
    larder.s3.faults.clear()
    upload(path, default_headers={"Larder-Owner": "carol"})
    upload(path, default_headers={"Larder-Owner": "bob"})
    opened = [
        request.headers["larder-owner"] for request in larder.service.called("POST .*/uploads")
    ]
    assert opened == ["bob", "carol"]


@pytest.mark.parametrize(
    "file", [None, 7, {}, [b"x"], io.StringIO("x"), (), ("a",), ("a", "b"), ("a", b"", "", {}, 1)]
)
def test_what_is_no_file_is_said_to_be_none(file: Any, larder: Larder, upload: Way) -> None:
    with pytest.raises(UsageError, match="binary mode"):
        upload(file)
    assert larder.service.requests == []


def test_a_missing_path_is_pythons_own_error_too(
    larder: Larder, upload: Way, tmp_path: Path
) -> None:
    for file in (tmp_path / "none", str(tmp_path / "none"), ("a", tmp_path / "none")):
        with pytest.raises(FileNotFoundError) as error:
            upload(file)
        assert isinstance(error.value, LarderError)
        assert str(error.value) == f"cannot read {tmp_path}/none: No such file or directory"
        assert (error.value.errno, error.value.filename) == (2, f"{tmp_path}/none")


def test_a_directory_is_pythons_own_error_too(larder: Larder, upload: Way, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=r"^cannot read .*: Is a directory$"):
        upload(tmp_path)


def test_a_forbidden_file_is_pythons_own_error_too(
    larder: Larder, upload: Way, a_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(10)

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # who runs the tests may be allowed to read all
    with pytest.raises(PermissionError, match=r"^cannot read .*: Permission denied$"):
        upload(path)
