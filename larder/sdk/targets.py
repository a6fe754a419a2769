"""What `download_file` takes for a target: a path, or a stream in binary mode, async or not."""

import os
from collections.abc import Awaitable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, Protocol

from anyio.from_thread import BlockingPortal

from larder.errors import UsageError
from larder.transfer.download import Stream
from larder.transfer.targets import must_be_a_directory_if_said

Target = str | os.PathLike[str] | Stream


class AsyncStream(Protocol):
    """What takes bytes in order, in the event loop."""

    def write(self, chunk: bytes, /) -> Awaitable[object]:
        """See `Stream`."""


def read_target(target: Any) -> str | Stream | AsyncStream:
    """The path as a text, or the stream. Raises UsageError for what is neither."""
    if isinstance(target, str | os.PathLike):
        path: object = os.fspath(target)
        if not isinstance(path, str) or not path or "\0" in path:
            raise UsageError(f"target must be the path of a file or directory, not {path!r}")
        must_be_a_directory_if_said(path)
        return path
    if not callable(getattr(target, "write", None)):
        what = type(target).__name__
        raise UsageError(f"target must be a path or a stream opened in binary mode, not a {what}")
    if hasattr(target, "encoding"):
        raise UsageError("target must be opened in binary mode, as with 'wb'")
    if getattr(target, "closed", False) is True:
        raise UsageError("target must be open: it has been closed")
    stream: Stream | AsyncStream = target
    return stream


def stream_of(stream: Any, portal: BlockingPortal | None) -> Stream:
    """The stream, for a thread. Raises UsageError for an async one without a loop to write in."""
    if not any(iscoroutinefunction(getattr(stream, name, None)) for name in ("write", "drain")):
        plain: Stream = stream
        return plain
    if portal is None:
        raise UsageError("target must be a stream that is not async, or client openai.AsyncOpenAI")
    return _InTheLoop(stream, portal)


class _InTheLoop:
    """Writes to an async stream from a thread, and waits for it to have room."""

    def __init__(self, stream: Any, portal: BlockingPortal) -> None:
        self._stream = stream
        self._portal = portal

    def write(self, chunk: bytes) -> object:
        return self._portal.call(partial(self._write, chunk))

    async def _write(self, chunk: bytes) -> object:
        taken = self._stream.write(chunk)
        if isinstance(taken, Awaitable):
            taken = await taken
        if hasattr(self._stream, "drain"):  # as of asyncio.StreamWriter, whose `write` keeps all
            await self._stream.drain()
        return taken
