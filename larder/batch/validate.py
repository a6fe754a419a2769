"""`larder.validate_batch`."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import IO, Any

from larder.batch.check import check
from larder.batch.limits import BatchLimits
from larder.batch.report import BatchReport
from larder.errors import LarderError, UnreadableFileError, UsageError
from larder.net.connections import reason
from larder.transfer.pipes import copy_all, source_at
from larder.transfer.sources import FileSource, HandleSource


def validate_batch(
    file: str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes],
    *,
    limits: BatchLimits | None = None,
    most_faults: int | None = 20,
) -> BatchReport:
    """Whether a file is a batch that can be run, without asking anybody.

    Each line must be a request of OpenAI's Batch API: a JSON object with a `custom_id` that no
    other line has, `method` "POST", a `url` such as "/v1/chat/completions", the same on all lines,
    and a `body`. Memory does not grow with the file, but by 24 bytes for each request.

        report = larder.validate_batch("batch.jsonl")
        for fault in report.faults:
            print(f"batch.jsonl:{fault}")
        report.raise_if_invalid()

    Args:
        file: A path, "-" for standard input, bytes, or a file opened in binary mode. One that can
            seek is read from its start, and stands afterwards where it stood before; another one,
            such as a pipe, is copied to disk first.
        limits: The most that it may have; OpenAI's by default.
        most_faults: How many faults are told, at least 1; None for all. All are counted.

    Raises:
        larder.errors.UsageError: The file cannot be read; for a path that is missing, forbidden or
            a directory it is a FileNotFoundError, PermissionError or IsADirectoryError too.
        larder.errors.LarderError: The file changed meanwhile (`DamagedError`), or a pipe broke.
    """
    if most_faults is not None and most_faults < 1:
        raise UsageError(f"most_faults is {most_faults}: give 1 or more, or None for all")
    with _source_of(file) as source:
        return check(source, limits or BatchLimits(), most_faults=most_faults)


@contextmanager
def _source_of(file: Any) -> Iterator[FileSource | HandleSource]:
    if isinstance(file, str | os.PathLike):
        with source_at(_path_of(file)) as source:
            yield source
    elif isinstance(file, bytes | bytearray | memoryview):
        yield HandleSource(_opened(file))
    elif not callable(getattr(file, "read", None)) or iscoroutinefunction(file.read):
        raise _strange(type(file).__name__)
    elif _can_seek(file):
        with _its_errors_as_ours():
            position = file.tell()
        try:
            yield HandleSource(file)
        finally:
            with _its_errors_as_ours():
                file.seek(position)
    else:
        with tempfile.TemporaryFile() as copy:
            with _its_errors_as_ours():
                _copy(file, copy)
            yield HandleSource(copy)


def _path_of(file: str | os.PathLike[Any]) -> str:
    try:
        return os.fsdecode(file)
    except TypeError:  # its `__fspath__` gives something else
        raise _strange(type(file).__name__) from None


def _opened(content: bytes | bytearray | memoryview) -> IO[bytes]:
    try:
        return io.BytesIO(content)
    except BufferError as error:
        raise UsageError(f"cannot validate a memoryview with gaps: {error}") from None
    except ValueError as error:  # it has been released
        raise UsageError(f"cannot validate: {error}") from None


def _can_seek(file: Any) -> bool:
    if not hasattr(file, "seek"):
        return False
    with _its_errors_as_ours():
        return not hasattr(file, "seekable") or bool(file.seekable())


def _copy(file: Any, copy: IO[bytes]) -> None:
    try:
        copy_all(file, copy)
    except TypeError:  # `read` takes no size, or gives a text
        raise _strange(type(file).__name__) from None


@contextmanager
def _its_errors_as_ours() -> Iterator[None]:
    """Of what the caller's own object does, which may raise anything."""
    try:
        yield
    except LarderError:
        raise
    except Exception as error:
        raise UnreadableFileError(f"cannot read the file: {reason(error)}") from error


def _strange(kind: str) -> UsageError:
    return UsageError(f"cannot validate {kind}: give a path, bytes, or a file in binary mode")
