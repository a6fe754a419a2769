"""Async downloads that are cancelled midway."""

import asyncio
import io
import os
from pathlib import Path
from typing import Any

import openai
import pytest

import larder as larder_package
from larder.sdk import threads
from larder.transfer.workers import Stopped
from tests.client.conftest import Larder, ranges_noted
from tests.client.fakes.faults import Fault, no_worker_runs, wait_for
from tests.client.sdk_downloads import download_async

RANGE_BYTES = 2**18
CONTENT = os.urandom(RANGE_BYTES * 5 + 1)
RANGES = 6
GET = "GET /content/"


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larder.transfer.partial.RANGE_BYTES", RANGE_BYTES)


@pytest.fixture
def file_id(larder: Larder) -> str:
    """A file of six ranges."""
    return str(larder.service.add_file(CONTENT)["id"])


async def until(condition: Any) -> None:
    await asyncio.to_thread(wait_for, condition)


async def test_a_cancelled_download_ends_its_threads_and_is_continued(
    larder: Larder, file_id: str, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    held = larder.fail_s3(Fault(GET, "hold", skip=2, times=4))
    task = asyncio.create_task(download_async(file_id, target))
    await until(lambda: held.times == 0 and ranges_noted(target) == 2)
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not target.exists()
    held.released.set()
    await until(no_worker_runs)
    larder.storage.ranges.clear()
    assert (await download_async(file_id, target)).verified
    assert len(larder.storage.ranges) == RANGES - 2
    assert target.read_bytes() == CONTENT


async def test_a_download_whose_time_is_over_is_a_timeout(
    larder: Larder, file_id: str, tmp_path: Path
) -> None:
    larder.fail_s3(Fault(GET, "hold", times=4))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(download_async(file_id, tmp_path / "out"), 0.5)
    larder.s3.faults.release()
    await until(no_worker_runs)
    assert not (tmp_path / "out").exists()


class Watched(io.BytesIO):
    """A stream that tells whether it was written to after the cancellation."""

    is_cancelled = False
    late = 0

    def write(self, chunk: Any, /) -> int:
        self.late += self.is_cancelled
        return super().write(chunk)


async def test_a_cancelled_stream_is_not_written_to_any_more(
    larder: Larder, file_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcome(*arguments: Any) -> Any:
        ended = real(*arguments)
        outcomes.append(ended)
        return ended

    real = threads._outcome
    outcomes: list[Any] = []
    monkeypatch.setattr("larder.sdk.threads._outcome", outcome)
    stream = Watched()
    held = larder.fail_s3(Fault(GET, "hold"))
    task = asyncio.create_task(download_async(file_id, stream))
    await until(lambda: held.times == 0)
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    stream.is_cancelled = True
    held.released.set()
    await until(lambda: outcomes)
    assert isinstance(outcomes[0], Stopped)
    assert stream.late == 0
    assert larder.storage.ranges == []


async def test_an_async_stream_that_has_no_room_does_not_hold_up_who_cancels(
    larder: Larder, file_id: str
) -> None:
    class Full:
        def __init__(self) -> None:
            self.reached = asyncio.Event()

        async def write(self, chunk: bytes) -> None:
            self.reached.set()
            await asyncio.Event().wait()

    stream = Full()
    task = asyncio.create_task(download_async(file_id, stream))
    await stream.reached.wait()
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_service_that_does_not_answer_holds_a_cancelled_download_up_for_seconds_only(
    larder: Larder, file_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.sdk.threads._SECONDS_TO_END", 0.2)
    held = larder.fail_api(Fault("/url", "hold"))
    task = asyncio.create_task(download_async(file_id, tmp_path / "out"))
    await until(lambda: held.times == 0)
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not held.released.is_set()


async def test_many_downloads_at_once_share_one_client(larder: Larder, tmp_path: Path) -> None:
    contents = [os.urandom(RANGE_BYTES + number) for number in range(8)]
    ids = [larder.service.add_file(content)["id"] for content in contents]
    async with openai.AsyncOpenAI() as client:
        done = await asyncio.gather(
            *(
                larder_package.download_file(client, id_, tmp_path / str(number))
                for number, id_ in enumerate(ids)
            )
        )
    assert [one.path.read_bytes() for one in done if one.path] == contents
