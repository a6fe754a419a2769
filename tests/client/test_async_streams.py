"""`larder.download_file` to streams that are async, whether one can see it beforehand or not."""

import asyncio
import io
import os
import threading
from collections.abc import Callable
from typing import Any

import openai
import pytest

from larder import download_file
from larder.errors import UsageError
from tests.client.conftest import Larder
from tests.client.sdk_downloads import download_async, download_sync

CONTENT = os.urandom(5 * 2**20 + 1)


@pytest.fixture
def file_id(larder: Larder) -> str:
    return str(larder.service.add_file(CONTENT)["id"])


class AsyncQuiet:
    """A stream of an event loop, as aiohttp's response is."""

    def __init__(self) -> None:
        self.taken = bytearray()

    async def write(self, chunk: bytes) -> None:
        await asyncio.sleep(0)
        self.taken += chunk


def test_an_async_stream_gets_the_bytes_through_an_async_client(
    larder: Larder, file_id: str
) -> None:
    stream = AsyncQuiet()
    assert asyncio.run(download_async(file_id, stream)).verified
    assert stream.taken == CONTENT


def test_an_async_stream_through_a_sync_client_is_refused(larder: Larder, file_id: str) -> None:
    with pytest.raises(UsageError, match="target must be a stream that is not async, or client"):
        download_sync(file_id, AsyncQuiet())
    assert larder.service.requests == []


class LaterQuiet(AsyncQuiet):
    """One whose `write` is no coroutine function, but answers with what one makes."""

    def write(self, chunk: bytes) -> Any:
        return super().write(chunk)


class LaterBuffered(io.BufferedIOBase):
    """The same, as a stream of `io`."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    async def _take(self, chunk: bytes) -> int:
        self.taken += chunk
        return len(chunk)

    def write(self, chunk: Any) -> Any:
        return self._take(chunk)


class FutureQuiet(AsyncQuiet):
    """One whose `write` answers with a future of the loop that runs."""

    def write(self, chunk: bytes) -> Any:
        future = asyncio.get_running_loop().create_future()
        self.taken += chunk
        future.set_result(None)
        return future


@pytest.mark.parametrize("make", [LaterQuiet, LaterBuffered, FutureQuiet])
def test_a_stream_that_turns_out_to_be_async_gets_the_bytes_through_an_async_client(
    make: Callable[[], Any], larder: Larder, file_id: str
) -> None:
    stream = make()
    assert asyncio.run(download_async(file_id, stream)).verified
    assert stream.taken == CONTENT


@pytest.mark.parametrize("make", [LaterQuiet, LaterBuffered])
def test_a_stream_that_turns_out_to_be_async_is_refused_through_a_sync_client(
    make: Callable[[], Any], larder: Larder, file_id: str
) -> None:
    with pytest.raises(UsageError, match="target must be a stream that is not async, or client"):
        download_sync(file_id, make())


async def test_a_future_through_a_sync_client_is_refused(larder: Larder, file_id: str) -> None:
    with pytest.raises(UsageError, match="target must be a stream that is not async, or client"):
        download_sync(file_id, FutureQuiet())


def test_a_stream_that_blocks_does_not_hold_up_the_loop(larder: Larder, file_id: str) -> None:
    class Noting:
        def __init__(self) -> None:
            self.taken = bytearray()
            self.threads: set[int] = set()

        def write(self, chunk: bytes) -> None:
            if self.taken:
                self.threads.add(threading.get_ident())
            self.taken += chunk

    stream = Noting()
    assert asyncio.run(download_async(file_id, stream)).verified
    assert stream.taken == CONTENT
    assert stream.threads
    assert threading.get_ident() not in stream.threads


async def test_a_connection_of_asyncio_gets_no_more_than_it_has_room_for(
    larder: Larder, file_id: str
) -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(-1))
        writer.close()
        done.set()

    received: list[bytes] = []
    done = asyncio.Event()
    waiting: list[int] = []
    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])

        def look(done: int, total: int) -> None:
            waiting.append(writer.transport.get_write_buffer_size())

        async with openai.AsyncOpenAI() as client:
            assert (await download_file(client, file_id, writer, on_progress=look)).verified
        writer.close()
        await writer.wait_closed()
        await done.wait()
    assert received == [CONTENT]
    assert max(waiting) < 2**20
