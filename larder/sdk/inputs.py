"""What `upload_file` takes for a file: the SDK's `FileTypes`, a path as a text, and any stream."""

import bz2
import gzip
import http.client
import io
import lzma
import os
import tarfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from pathlib import Path
from typing import IO, Any

from larder.errors import UnreadableFileError, UsageError
from larder.net.connections import reason
from larder.transfer.pipes import Readable, copy_all
from larder.transfer.sources import FileSource, HandleSource
from larder.transfer.workers import Stopped

Content = bytes | bytearray | memoryview | os.PathLike[str] | Readable
FileInput = (
    str
    | Content
    | tuple[str | None, Content]
    | tuple[str | None, Content, str | None]
    | tuple[str | None, Content, str | None, Mapping[str, str]]
)

_UNNAMED = "upload"  # as the SDK calls it

# To seek in these they are unpacked from their start, and each part is read twice.
_SLOW_TO_SEEK = (
    gzip.GzipFile,
    bz2.BZ2File,
    lzma.LZMAFile,
    zipfile.ZipExtFile,
    tarfile.ExFileObject,
)


class Stream:
    """Content that comes once or is slow to seek in, so that it is copied before it is sent."""

    def __init__(self, file: Readable) -> None:
        """Reads nothing yet."""
        self._file = file

    def copy_to(self, copy: IO[bytes], stop: threading.Event | None = None) -> None:
        """Copies it: from its start if it can seek, else from where it is.

        Raises UsageError when it cannot be read, and Stopped when `stop` is set.
        """
        try:
            if isinstance(self._file, _SLOW_TO_SEEK) and self._file.seekable():
                self._file.seek(0)
            copy_all(self._file, copy, stop)
        except Stopped:
            raise
        except TypeError as error:  # `read` takes no size, or gives a text
            raise _strange(type(self._file).__name__) from error
        except Exception as error:
            raise UnreadableFileError(f"cannot read the file: {reason(error)}") from error
        # Of a body that was cut http.client says nothing.
        if isinstance(self._file, http.client.HTTPResponse) and self._file.length:
            raise UnreadableFileError("cannot read the file: the response ended early")


@dataclass(frozen=True)
class Input:
    """The content, its name, and its media type where that was given."""

    content: FileSource | HandleSource | Stream
    name: str
    mime_type: str | None = None


def read_input(file: object) -> Input:
    """Reads it as the SDK does. Raises UsageError for what is none, or cannot be read."""
    if not isinstance(file, tuple):
        content, name = _content(Path(file) if isinstance(file, str) else file)
        return Input(content, name)
    if not 2 <= len(file) <= 4:
        raise _strange(f"a tuple of {len(file)}")
    name, given, mime_type, headers = (*file, None, None)[:4]
    content, own_name = _content(given)
    for header, value in (headers or {}).items():
        if header.lower() == "content-type":
            mime_type = value
    return Input(content, own_name if name is None else str(name), mime_type)


def _content(given: Any) -> tuple[FileSource | HandleSource | Stream, str]:
    if isinstance(given, os.PathLike):
        try:
            path = Path(os.fsdecode(given))
        except TypeError:  # its `__fspath__` gives something else
            raise _strange(type(given).__name__) from None
        return FileSource(path), path.name
    if isinstance(given, bytes | bytearray | memoryview):
        try:
            return HandleSource(io.BytesIO(given)), _UNNAMED
        except BufferError as error:
            raise UsageError(f"cannot upload a memoryview with gaps: {error}") from None
        except ValueError as error:  # it has been released
            raise UsageError(f"cannot upload: {error}") from None
    if not callable(getattr(given, "read", None)):
        raise _strange(type(given).__name__)
    if iscoroutinefunction(given.read):
        raise _strange(f"{type(given).__name__}, whose `read` is asynchronous")
    if isinstance(given, io.TextIOBase):
        raise _strange("a file opened in text mode")
    if _is_quick_to_seek(given):
        return HandleSource(given), _name_of(given)
    return Stream(given), _name_of(given)


def _is_quick_to_seek(file: Any) -> bool:
    if isinstance(file, _SLOW_TO_SEEK) or not hasattr(file, "seek"):
        return False
    try:
        return not hasattr(file, "seekable") or bool(file.seekable())
    except Exception as error:  # as a ValueError when it has been closed
        raise UnreadableFileError(f"cannot read the file: {reason(error)}") from error


def _name_of(file: IO[bytes]) -> str:
    name: object = getattr(file, "name", None)
    if not isinstance(name, str | bytes):  # a temporary file's is its descriptor, or None
        return _UNNAMED
    # Python calls what has no path `<stdin>`, or the like.
    return Path(os.fsdecode(name)).name.strip("<>") or _UNNAMED


def _strange(what: str) -> UsageError:
    return UsageError(
        f"cannot upload {what}: give a path, bytes, a file or stream opened in binary mode, "
        "or a tuple of a name and one of these"
    )
