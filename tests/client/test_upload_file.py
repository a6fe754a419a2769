"""`larder.upload_file` with the openai SDK's clients."""

import asyncio
import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import FileObject

import larder as larder_package
from larder.errors import DamagedError, NoAnswerError, UsageError
from larder.transfer.sources import CHUNK_BYTES
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault, wait_for
from tests.client.fakes.service import API_KEY

MakeFile = Callable[..., Path]
Upload = Callable[..., FileObject]
SIZE = 5 * 2**20


async def upload_async(base_url: str, file: Any, **options: Any) -> FileObject:
    async with openai.AsyncOpenAI(base_url=base_url, api_key=API_KEY) as client:
        return await larder_package.upload_file(client, file, **options)


@pytest.fixture(params=["sync", "async"])
def upload(
    request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> Upload:
    """`larder.upload_file` with a client of the SDK."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)

    def run(file: Any, **options: Any) -> FileObject:
        options = {"purpose": "batch", **options}
        if request.param == "async":
            return asyncio.run(upload_async(larder.base_url, file, **options))
        with openai.OpenAI(base_url=larder.base_url, api_key=API_KEY) as client:
            return larder_package.upload_file(client, file, **options)

    return run


@pytest.mark.parametrize("size", [0, 10, 100_000, SIZE])
def test_a_path_of_any_size(size: int, larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    path = a_file(size)
    file = upload(path, expires_after={"anchor": "created_at", "seconds": 7200})
    assert isinstance(file, FileObject)
    assert (file.filename, file.bytes) == ("big.jsonl", size)
    assert larder.service.content(file.id) == path.read_bytes()


def test_the_life_of_a_large_file(larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    file = upload(a_file(SIZE), expires_after={"anchor": "created_at", "seconds": 7200})
    assert file.expires_at == file.created_at + 7200


def test_an_open_file_goes_from_its_start(larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    path = a_file(SIZE)
    with path.open("rb") as content:
        content.seek(1000)
        file = upload(content)
    assert larder.service.content(file.id) == path.read_bytes()
    assert file.filename == "big.jsonl"


def test_a_buffer(larder: Larder, upload: Upload) -> None:
    data = os.urandom(SIZE)
    assert larder.service.content(upload(io.BytesIO(data)).id) == data


@pytest.mark.parametrize("make", [tempfile.TemporaryFile, tempfile.SpooledTemporaryFile])
@pytest.mark.parametrize("size", [10, SIZE])
def test_a_file_without_a_name_is_called_upload(
    make: Callable[[], Any], size: int, larder: Larder, upload: Upload
) -> None:
    with make() as content:
        content.write(bytes(size))
        file = upload(content)
    assert (file.filename, file.bytes) == ("upload", size)


class Failing(io.BytesIO):
    """A file on a disk that fails while it is read for the second time."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > SIZE // CHUNK_BYTES + 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


def test_a_file_that_cannot_be_read_any_more_ends_the_upload_at_once(
    larder: Larder, upload: Upload
) -> None:
    larder.service.part_bytes = SIZE
    with pytest.raises(DamagedError, match="cannot read the file any more: Input/output error"):
        upload(Failing(bytes(SIZE)))
    assert len(larder.service.called(".*/part_urls")) == 1


def test_a_file_that_was_closed_cannot_be_read_any_more(larder: Larder, upload: Upload) -> None:
    content = io.BytesIO(bytes(SIZE))
    with pytest.raises(DamagedError, match="closed file"):
        upload(content, on_progress=lambda done, total: content.close())


def test_progress_grows_to_the_size(larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    calls: list[tuple[int, int]] = []
    upload(a_file(SIZE), on_progress=lambda done, total: calls.append((done, total)))
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1] == (SIZE, SIZE)
    assert {total for _, total in calls} == {SIZE}


def test_progress_takes_back_what_must_be_sent_again(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    body = b"<Error><Code>SlowDown</Code></Error>"
    larder.fail_s3(Fault("PUT", "status", skip=3, times=3, status=503, body=body))
    calls: list[int] = []
    upload(a_file(SIZE), on_progress=lambda done, total: calls.append(done))
    assert max(calls) == calls[-1] == SIZE
    assert calls != sorted(calls)


def test_a_refusal_is_the_sdks_own_exception(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    larder.service.file_bytes = 2**20
    with pytest.raises(openai.APIStatusError, match="at most 1048576 bytes") as refusal:
        upload(a_file(SIZE))
    assert refusal.value.status_code == 413


def test_a_service_that_does_not_answer_is_a_connection_error(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    larder.fail_api(Fault("POST", "reset", times=100))
    with pytest.raises(openai.APIConnectionError):
        upload(a_file(SIZE))


def test_a_path_that_cannot_be_read(larder: Larder, upload: Upload) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        upload("/no/such/file")


def test_an_interrupted_upload_of_a_path_continues(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    larder.fail_s3(Fault("PUT", "reset", skip=30, times=24))
    with pytest.raises(NoAnswerError):
        upload(path)
    larder.storage.received.clear()
    larder.s3.faults.clear()
    file = upload(path)
    assert len(larder.storage.received) < 60
    assert larder.service.content(file.id) == path.read_bytes()


def test_an_interrupted_upload_of_a_buffer_leaves_no_reservation(
    larder: Larder, upload: Upload
) -> None:
    larder.fail_s3(Fault("PUT", "reset", skip=30, times=1000))
    with pytest.raises(NoAnswerError):
        upload(io.BytesIO(bytes(SIZE)))
    assert [upload["status"] for upload in larder.service.uploads.values()] == ["cancelled"]


async def test_a_cancelled_upload_stops(larder: Larder, a_file: MakeFile) -> None:
    larder.storage.hold_after(10)
    task = asyncio.create_task(upload_async(larder.base_url, a_file(SIZE), purpose="batch"))
    await asyncio.to_thread(wait_for, lambda: len(larder.storage.received) == 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    larder.storage.release()
    assert larder.service.files == {}
