"""Content from a pipe: its size is unknown until its end, and it can be read only once."""

import errno
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from larder.errors import LarderError
from larder.net.connections import reason
from larder.transfer.sources import FileSource, HandleSource
from larder.transfer.workers import Stopped

_STANDARD_INPUT = {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}
_COPIED_BYTES = 2**20


def name_of(path: str) -> str:
    """The name that the service keeps of the file at a path; that of standard input is `stdin`.

    The service treats the backslash as a separator too, on every system.
    """
    if path in _STANDARD_INPUT:
        return "stdin"
    name = Path(path).name
    return name.split("\\")[-1] or name  # the service refuses a name that ends with a backslash


@contextmanager
def source_at(path: str) -> Iterator[FileSource | HandleSource]:
    """The content at a path; `-` is standard input, and a pipe is copied to disk first.

    Raises UsageError when there is no file that can be read, LarderError when it cannot be copied.
    """
    if not is_pipe(path):
        yield FileSource(Path(path))
        return
    with tempfile.TemporaryFile() as copy:
        try:
            if path == "-":
                copy_all(_standard_input(), copy)
            else:
                with Path(path).open("rb") as pipe:
                    copy_all(pipe, copy)
        except OSError as error:
            raise LarderError(f"cannot read {path}: {reason(error)}") from error
        yield HandleSource(copy)


class Readable(Protocol):
    """Any file or stream: some of the standard library's are no `IO`."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def copy_all(stream: Readable, copy: IO[bytes], stop: threading.Event | None = None) -> None:
    """Copies what is left of the stream. Raises their errors, and Stopped when `stop` is set."""
    while (chunk := _read(stream)) != b"":
        if stop is not None and stop.is_set():
            raise Stopped
        copy.write(chunk)
    copy.flush()


def _read(stream: Readable) -> bytes:
    chunk: bytes | None = stream.read(_COPIED_BYTES)
    if chunk is None:  # no end: non-blocking, and nothing has come yet
        raise BlockingIOError(errno.EAGAIN, f"{os.strerror(errno.EAGAIN)}: it must block")
    return chunk


def is_pipe(path: str) -> bool:
    """Whether it is a pipe or standard input, which can be read only once."""
    if path == "-":
        return True
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116 - pathlib would drop a slash at the end
    except (OSError, ValueError):
        return False
    is_typed = path in _STANDARD_INPUT and stat.S_ISCHR(kind)
    return is_typed or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:  # the starter has closed it, as with <&-
        raise LarderError("standard input is closed")
    return sys.stdin.buffer
