"""Content that can be read from any place, again and by several threads: what is uploaded."""

import errno
import io
import mimetypes
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from larder.api.types import ExpiresAfter
from larder.api.uploads import NewFile, media_type
from larder.errors import (
    DamagedError,
    FileForbiddenError,
    FileIsDirectoryError,
    FileMissingError,
    LarderError,
    UnreadableFileError,
    UsageError,
)
from larder.net.connections import reason

# Also the most that is sent at once. Without TLS a socket's timeout counts for the whole of one
# send, so with the 60 seconds of `connections` four at a time need a line of 70 kB/s; with TLS it
# counts for a record of 16 KiB. A quarter of this is 4 % slower where the line is no limit.
CHUNK_BYTES = 2**20


class Source(Protocol):
    """Content of a known size in bytes."""

    size: int

    def read(self, offset: int, length: int) -> Iterator[memoryview]:
        """The bytes in chunks, each valid until the next is asked for.

        Raises DamagedError when the content ends early or cannot be read any more.
        """

    def check_unchanged(self) -> None:
        """Raises DamagedError if the content is known to have changed since the start."""


class FileSource:
    """A file on disk; every reading has its own handle."""

    def __init__(self, path: Path) -> None:
        """Notes the file's size and time of change. Raises UsageError if it cannot be read.

        For a file that is missing, forbidden or a directory, it is Python's own error for it too.
        """
        self.path = path
        try:
            # Before opening it: that of a pipe waits until somebody writes.
            kind = path.stat().st_mode
            if stat.S_ISREG(kind):
                with path.open("rb", buffering=0) as file:
                    self._start = os.fstat(file.fileno())
                    _must_be_as_long_as(self._start.st_size, file, str(path))
        except OSError as error:
            raise _unopened(path, error) from None
        except ValueError as error:  # a name that no file can have
            raise UsageError(f"cannot read {path}: {reason(error)}") from None
        if stat.S_ISDIR(kind):
            raise _unopened(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
        if not stat.S_ISREG(kind):
            raise UsageError(f"cannot read {path}: it is no regular file, whose size is known")
        self.size = self._start.st_size
        self.mtime_ns = self._start.st_mtime_ns

    def read(self, offset: int, length: int) -> Iterator[memoryview]:
        """See Source."""
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(offset)
                yield from _chunks(file, length, str(self.path))
        except OSError as error:
            raise _unreadable(str(self.path), error) from error

    def check_unchanged(self) -> None:
        """Compares size and time of change, and whether it is the same file still."""
        try:
            now = self.path.stat()
        except OSError as error:
            raise _unreadable(str(self.path), error) from error
        is_same = os.path.samestat(now, self._start)
        if not is_same or (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns):
            raise _changed(str(self.path))


class HandleSource:
    """A seekable binary file object, from its start; the reader takes turns on it."""

    def __init__(self, file: IO[bytes]) -> None:
        """Finds the size by seeking to the end. Raises UsageError if it cannot be read."""
        self._file = file
        self._lock = threading.Lock()
        try:
            self.size = _end_of(file)
            _must_be_as_long_as(self.size, file, "the file")
        except LarderError:
            raise
        except Exception as error:  # a ValueError when it has been closed, and its own
            raise UnreadableFileError(f"cannot read the file: {reason(error)}") from error

    def read(self, offset: int, length: int) -> Iterator[memoryview]:
        """See Source."""
        end = offset + length
        while offset < end:
            chunk = self._read(offset, min(CHUNK_BYTES, end - offset))
            if not chunk:
                raise _changed("the file")
            offset += len(chunk)
            yield memoryview(chunk)

    def check_unchanged(self) -> None:
        """Compares the size."""
        try:
            with self._lock:
                end = _end_of(self._file)
        except Exception as error:
            raise _unreadable("the file", error) from error
        if end != self.size:
            raise _changed("the file")

    def _read(self, offset: int, length: int) -> bytes:
        try:
            with self._lock:
                self._file.seek(offset)
                return self._file.read(length)
        except Exception as error:  # a ValueError when it has been closed, and its own
            raise _unreadable("the file", error) from error


def _end_of(file: IO[bytes]) -> int:
    end: object = file.seek(0, io.SEEK_END)
    return end if isinstance(end, int) else file.tell()  # an mmap's does not say


def whole(source: Source) -> bytes:
    """All of a source that is small. Raises DamagedError when it changes meanwhile."""
    content = b"".join(bytes(chunk) for chunk in source.read(0, source.size))
    source.check_unchanged()
    return content


def describe(
    filename: str,
    size: int,
    *,
    purpose: str,
    expires_after: ExpiresAfter | None,
    mime_type: str | None = None,
) -> NewFile:
    """The file to create, its media type guessed from its name unless it is given.

    Raises UsageError for a bad name.
    """
    try:
        filename.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name {filename!r} is not UTF-8") from None
    mime_type = mime_type or mimetypes.guess_type(filename)[0]
    return NewFile(filename, size, purpose, media_type(mime_type), expires_after)


def _chunks(file: io.RawIOBase | io.FileIO, length: int, name: str) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(min(CHUNK_BYTES, length)))
    while length > 0:
        size = file.readinto(buffer[: min(length, CHUNK_BYTES)])
        if not size:
            raise _changed(name)
        length -= size
        yield buffer[:size]


def _must_be_as_long_as(size: int, file: IO[bytes] | io.FileIO, name: str) -> None:
    """Files of the kernel and of some network file systems say 0 or 4096, whatever is in them."""
    file.seek(max(size - 1, 0))
    end: object = file.read(2)
    if not isinstance(end, bytes):
        raise UsageError(f"cannot read {name}: open it in binary mode, as with 'rb'")
    if len(end) != min(size, 1):
        raise UsageError(f"cannot read {name}: it is not as long as it says: upload a copy of it")


def _unopened(path: Path, error: OSError) -> UsageError:
    message = f"cannot read {path}: {reason(error)}"
    for kind, ours in (
        (FileNotFoundError, FileMissingError),
        (PermissionError, FileForbiddenError),
        (IsADirectoryError, FileIsDirectoryError),
    ):
        if isinstance(error, kind):
            return ours(message, error.errno, str(path))
    return UsageError(message)


def _unreadable(name: str, error: Exception) -> DamagedError:
    return DamagedError(f"cannot read {name} any more: {reason(error)}")


def _changed(name: str) -> DamagedError:
    return DamagedError(f"{name} changed while it was being uploaded: nothing was stored")
