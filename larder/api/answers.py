"""Reads and checks the service's answers, which is done only here.

An answer that is not understood becomes a one-line error, whoever sent it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from larder.api import shapes
from larder.api.calls import Answer, Api, Call
from larder.api.shapes import StrangeError, brief, expect, fields, listed
from larder.api.types import (
    Deleted,
    File,
    FilePage,
    FileUrl,
    Part,
    PartUrl,
    Upload,
    UploadPage,
    Usage,
)
from larder.errors import NotUnderstoodError

T = TypeVar("T")


def ask(api: Api, call: Call, read: Callable[[object], T]) -> T:
    """Sends a call, and returns what `read` makes of the answer's JSON.

    Raises NotUnderstoodError when it cannot be read, and what `api.send` raises.
    """
    return understood(api.base_url, call, api.send(call), read)


def understood(base_url: str, call: Call, answer: Answer, read: Callable[[object], T]) -> T:
    """What `read` makes of this answer's JSON. Raises NotUnderstoodError."""
    with _understanding(base_url, call):
        if not 200 <= answer.status < 300:
            raise StrangeError(f"status {answer.status}")
        return read(shapes.read_json(answer.body))


@contextmanager
def _understanding(base_url: str, call: Call) -> Iterator[None]:
    try:
        yield
    except StrangeError as strange:
        path = call.path.partition("?")[0]
        raise NotUnderstoodError(
            f"{base_url} is no Larder: it answered {call.method} {path} with {strange}"
        ) from None


def read_file(value: object, *, file_id: str | None = None, size: int | None = None) -> File:
    """A File, which must have this id and this size if they are given."""
    file = cast("File", fields(value, "file", shapes.FILE))
    expect("file", file, id=file_id, bytes=size)
    return file


def read_file_url(value: object) -> FileUrl:
    """Where a file's content is."""
    return cast("FileUrl", fields(value, "file URL", shapes.FILE_URL))


def read_page(value: object, *, most: int | None = None) -> FilePage:
    """A page of at most so many files; if there are more, it must say where the next begins."""
    return cast("FilePage", _page(value, "files", read_file, most))


def read_upload_page(value: object, *, most: int | None = None) -> UploadPage:
    """The same of uploads."""
    return cast("UploadPage", _page(value, "uploads", read_upload, most))


def _page(
    value: object, what: str, read: Callable[[object], object], most: int | None
) -> dict[str, Any]:
    page = fields(value, f"page of {what}", shapes.PAGE)
    for entry in page["data"]:
        read(entry)
    if most is not None and len(page["data"]) > most:
        raise StrangeError(f"{len(page['data'])} {what}, where {most} were asked for")
    if page["has_more"] and not (page["data"] and page["last_id"]):
        raise StrangeError("a page that has more, but not where")
    return page


def read_deleted(value: object, file_id: str) -> Deleted:
    """That this file has been deleted."""
    deleted = cast("Deleted", fields(value, "deletion", shapes.DELETED))
    expect("deletion", deleted, id=file_id, deleted=True)
    return deleted


def read_usage(value: object) -> Usage:
    """A Usage; that of an older service has no limits."""
    usage = cast("Usage", fields(value, "usage", shapes.USAGE))
    if "limits" in usage:
        limits = fields(usage["limits"], "limits", shapes.LIMITS)
        if "purposes" in limits:
            fields(limits, "limits", shapes.PURPOSES)
    return usage


def read_upload(value: object, *, upload_id: str | None = None, size: int | None = None) -> Upload:
    """An Upload, which must have this id and this size if they are given."""
    upload = cast("Upload", fields(value, "upload", shapes.UPLOAD))
    expect("upload", upload, id=upload_id, bytes=size)
    count, part_size = upload["part_count"], upload["part_size"]
    if part_size < 1 or count != -(-upload["bytes"] // part_size):
        raise StrangeError(f"{count} parts of {part_size} for {upload['bytes']} bytes")
    if (upload["status"] == "completed") != (upload["file"] is not None):
        raise StrangeError(f"{brief(upload['file'])} as the file of a {upload['status']} upload")
    if upload["file"] is not None:
        read_file(upload["file"], size=upload["bytes"])
    return upload


def read_part_urls(value: object, numbers: Collection[int]) -> list[PartUrl]:
    """The URLs of exactly these parts, in the order of their numbers."""
    urls = cast("list[PartUrl]", listed(value, "part URL", shapes.PART_URL))
    urls.sort(key=lambda url: url["part_number"])
    given = [url["part_number"] for url in urls]
    if given != sorted(numbers):
        raise StrangeError(f"URLs of the parts {brief(given)}, not {brief(sorted(numbers))}")
    return urls


def read_parts(value: object) -> list[Part]:
    """The parts that have arrived."""
    return cast("list[Part]", listed(value, "part", shapes.PART))
