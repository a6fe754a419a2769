"""The rules of reading content: as bytes, or by a link that needs no API key."""

from typing import Protocol

from lambdas.core.callers import Caller
from lambdas.core.damage import log_damage
from lambdas.core.errors import Damaged, InvalidRequest
from lambdas.core.file import File, render
from lambdas.core.files import FileStore, get_file

LINK_SECONDS = 900


class ContentStream(Protocol):
    """Content that is read in order, piece by piece."""

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many, and none only at the end.

        Raises Unavailable when they do not come.
        """

    def close(self) -> None:
        """Read no more."""


class ContentSource(Protocol):
    """Has the bytes of files."""

    def open(self, file: File, start: int, stop: int) -> ContentStream | None:
        """Return a stream of a file's bytes from `start` up to `stop`.

        None when there is no object, or one of another size. Raises Busy or Unavailable.
        """

    def read(self, file: File, start: int, stop: int) -> bytes | None:
        """Return a file's bytes from `start` up to `stop`.

        None when there is no object, or one of another size. Raises Busy or Unavailable.
        """


class ContentLinks(Protocol):
    """Makes links to content."""

    def content(self, file: File, now: float, valid_until: int, *, method: str = "GET") -> str:
        """Return a URL of a file's content, good from now until this second at most."""


def read_content(
    file: File, start: int, stop: int, *, files: FileStore, contents: ContentSource, now: float
) -> bytes:
    """Return a file's bytes from `start` up to `stop`; raises Damaged when they are not there.

    Raises FileNotFound when the file was deleted while it was read, as its object goes then.
    """
    content = contents.read(file, start, stop)
    if content is None:
        raise _missing(file, files, now)
    return content


def open_content(
    file: File, start: int, stop: int, *, files: FileStore, contents: ContentSource, now: float
) -> ContentStream:
    """Return a stream of a file's bytes; raises as reading them does."""
    stream = contents.open(file, start, stop)
    if stream is None:
        raise _missing(file, files, now)
    return stream


def _missing(file: File, files: FileStore, now: float) -> Damaged:
    """Say that content is not there; raises FileNotFound when its file is not any more either."""
    files.get(file.owner, file.id, now)
    log_damage(file.owner, file.id)
    return Damaged(f"the content of '{file.id}'", param="file_id")


def content_link(file: File, *, links: ContentLinks, now: float, method: str = "GET") -> str:
    """Return a link to a file's content, good for 15 minutes and never beyond the file."""
    return links.content(file, now, _end(file, LINK_SECONDS, now), method=method)


def content_url(
    caller: Caller,
    file_id: str,
    expiry: str | None,
    *,
    files: FileStore,
    links: ContentLinks,
    now: float,
) -> str:
    """Return a link to an owner's file as the API answers it, good for `expiry` seconds.

    Raises InvalidRequest naming `expiry`, and FileNotFound.
    """
    seconds = _link_seconds(expiry)
    file = get_file(caller, file_id, files=files, now=now)
    valid_until = _end(file, seconds, now)
    return render(
        {
            "object": "file.url",
            "url": links.content(file, now, valid_until),
            "expires_at": valid_until,
            "bytes": file.bytes,
            "filename": file.filename,
            "crc64nvme": file.crc64nvme,
        }
    )


def _end(file: File, seconds: int, now: float) -> int:
    """Return when a link ends: never after its file, since a link needs no API key."""
    return min(int(now) + seconds, file.expires_at)


def _link_seconds(expiry: str | None) -> int:
    if expiry is None:
        return LINK_SECONDS
    is_number = expiry.isascii() and expiry.isdigit() and len(expiry) < 9
    if not is_number or not 1 <= int(expiry) <= LINK_SECONDS:
        raise InvalidRequest(
            f"Invalid 'expiry'. Allowed: an integer from 1 to {LINK_SECONDS}, in seconds.",
            param="expiry",
        )
    return int(expiry)
