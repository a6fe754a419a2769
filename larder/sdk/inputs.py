"""What `upload_file` takes for a file: the SDK's `FileTypes`, and a path as a text."""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from larder.errors import UsageError
from larder.transfer.sources import FileSource, HandleSource

Content = bytes | os.PathLike[str] | IO[bytes]
FileInput = (
    str
    | Content
    | tuple[str | None, Content]
    | tuple[str | None, Content, str | None]
    | tuple[str | None, Content, str | None, Mapping[str, str]]
)

_UNNAMED = "upload"  # as the SDK calls it


@dataclass(frozen=True)
class Input:
    """The content, its name, and its media type where that was said."""

    source: FileSource | HandleSource
    name: str
    mime_type: str | None = None


def read_input(file: object) -> Input:
    """Reads it as the SDK does. Raises UsageError for what is none, or cannot be read."""
    if not isinstance(file, tuple):
        source, name = _source(Path(file) if isinstance(file, str) else file)
        return Input(source, name)
    if not 2 <= len(file) <= 4:
        raise _strange(f"a tuple of {len(file)}")
    name, content, mime_type, headers = (*file, None, None)[:4]
    source, own_name = _source(content)
    for header, value in (headers or {}).items():
        if header.lower() == "content-type":
            mime_type = value
    return Input(source, own_name if name is None else str(name), mime_type)


def _source(content: Any) -> tuple[FileSource | HandleSource, str]:
    if isinstance(content, os.PathLike):
        path = Path(content)
        return FileSource(path), path.name
    if isinstance(content, bytes | bytearray | memoryview):
        return HandleSource(io.BytesIO(content)), _UNNAMED
    if not hasattr(content, "read") or not hasattr(content, "seek"):
        raise _strange(type(content).__name__)
    return HandleSource(content), _name_of(content)


def _name_of(file: IO[bytes]) -> str:
    name: object = getattr(file, "name", None)
    if not isinstance(name, str | bytes):  # a temporary file's is its descriptor, or None
        return _UNNAMED
    return Path(os.fsdecode(name)).name or _UNNAMED


def _strange(what: str) -> UsageError:
    return UsageError(
        f"cannot upload {what}: give a path, bytes, a file opened in binary mode, "
        "or a tuple of a name and one of these"
    )
