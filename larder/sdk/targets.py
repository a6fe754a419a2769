"""Reads `download_file`'s target: a path, or a stream in binary mode, async or not."""

import io
import os
from collections.abc import Awaitable
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Protocol, cast

from anyio.from_thread import BlockingPortal

from larder.errors import UsageError
from larder.transfer.download import Stream
from larder.transfer.targets import must_be_a_directory_if_said

_NO_LOOP = "target must be a stream that is not async, or client openai.AsyncOpenAI"

Target = str | os.PathLike[str] | Stream


class AsyncStream(Protocol):
    """A stream that takes bytes in order, in the event loop."""

    def write(self, chunk: bytes, /) -> Awaitable[object]:
        """See `Stream`."""


def read_target(target: Any) -> str | Stream | AsyncStream:
    """The path as text, or the stream. Raises UsageError for anything else."""
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
    is_async = any(iscoroutinefunction(getattr(stream, name, None)) for name in ("write", "drain"))
    if portal is None:
        if is_async:
            raise UsageError(_NO_LOOP)
        return _InThisThread(stream, None)
    if is_async:
        return _InTheLoop(stream, portal)
    if isinstance(stream, io.IOBase):  # it blocks, so it must not be used in the loop
        return _InThisThread(stream, portal)
    return _WhereItTurnsOut(stream, portal)


class _InThisThread:
    """Writes to a blocking stream; if its `write` returns an awaitable, the loop awaits that."""

    def __init__(self, stream: Any, portal: BlockingPortal | None) -> None:
        self._stream = stream
        self._portal = portal

    def write(self, chunk: bytes) -> object:
        taken = self._stream.write(chunk)
        if isawaitable(taken):
            taken = self._awaited(taken)
        if taken is None and isinstance(self._stream, io.RawIOBase):
            return 0  # non-blocking, and full
        return taken

    def _awaited(self, taken: Any) -> object:
        if self._portal is not None:
            return self._portal.call(_result_of, taken)
        for end in ("close", "cancel"):  # of a coroutine, of a future
            if hasattr(taken, end):
                getattr(taken, end)()
        raise UsageError(_NO_LOOP)


class _InTheLoop:
    """Writes to an async stream from a thread, and waits for it to have room."""

    def __init__(self, stream: Any, portal: BlockingPortal) -> None:
        self._stream = stream
        self._portal = portal
        self.has_waited = False

    def write(self, chunk: bytes) -> object:
        return self._portal.call(self._write, chunk)

    async def _write(self, chunk: bytes) -> object:
        taken = await self._settled(self._stream.write(chunk))
        if hasattr(self._stream, "drain"):  # asyncio.StreamWriter's `write` buffers all
            await self._settled(self._stream.drain())
        return taken

    async def _settled(self, taken: Any) -> object:
        if not isawaitable(taken):
            return cast("object", taken)
        self.has_waited = True
        return await taken


class _WhereItTurnsOut:
    """Writes the first byte in the loop, which is safe for any stream, to find out its kind.

    Only a byte, since a blocking stream would hold up the loop.
    """

    def __init__(self, stream: Any, portal: BlockingPortal) -> None:
        self._first = _InTheLoop(stream, portal)
        self._others: Stream | None = None
        self._in_this_thread = _InThisThread(stream, portal)

    def write(self, chunk: bytes) -> object:
        if self._others is not None:
            return self._others.write(chunk)
        taken = self._first.write(chunk[:1])
        self._others = self._first if self._first.has_waited else self._in_this_thread
        return taken if isinstance(taken, int) else 1


async def _result_of(taken: Awaitable[object]) -> object:
    return await taken
