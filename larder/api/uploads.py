"""The Uploads API: a session, its parts, and their joining."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from larder.api.answers import (
    ask,
    read_part_urls,
    read_parts,
    read_upload,
    read_upload_page,
)
from larder.api.calls import Api, Call
from larder.api.pages import entries
from larder.api.types import ExpiresAfter, Part, PartUrl, Upload

INLINE_BYTES = 4 * 2**20
"""The largest file that `POST /files` takes in one call, with the service's own settings."""

# What the service takes for a media type.
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(;[ -~]{1,200})?")
_UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class NewFile:
    """What a file is to be; None leaves a choice to the service, whose refusals name what is wrong.

    `expires_after` and `purpose` are passed on as they are, so that the service alone judges them.
    """

    filename: str
    size: int
    purpose: str | None
    mime_type: str
    expires_after: ExpiresAfter | Mapping[str, object] | str | None


def media_type(mime_type: str | None) -> str:
    """The media type, or the one of bytes of any kind for what is none, such as `jsonl`.

    `POST /files` does not read the type of its file, so that anything may be there, and what has
    become too large for that call is not to be refused for it.
    """
    return mime_type if mime_type and _MEDIA_TYPE.fullmatch(mime_type) else _UNKNOWN_TYPE


def create_upload(api: Api, new: NewFile, idempotency_key: str | None = None) -> Upload:
    """Opens a session, which reserves `size` bytes of the quota for 24 hours at most."""
    body = {
        "filename": new.filename,
        "purpose": new.purpose,
        "bytes": new.size,
        "mime_type": new.mime_type,
        "expires_after": new.expires_after,
    }
    # Its own key, so that a lost answer does not leave a second session with a reservation.
    headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
    given = {name: value for name, value in body.items() if value is not None}
    call = Call("POST", "/uploads", json=given, headers=headers)
    return ask(api, call, partial(read_upload, size=new.size))


def get_upload(api: Api, upload_id: str, size: int) -> Upload:
    """The session, of so many bytes, as it is now."""
    read = partial(read_upload, upload_id=upload_id, size=size)
    return ask(api, Call("GET", _upload_path(upload_id)), read)


def list_uploads(api: Api) -> Iterator[Upload]:
    """All sessions that the service tells of, whatever became of them, newest first."""
    return entries(api, "/uploads", read_upload_page)


def create_part_urls(api: Api, upload_id: str, checksums: Mapping[int, str]) -> list[PartUrl]:
    """Where to PUT these parts, in the order of their numbers.

    `checksums` holds the base64 CRC64NVME of each wanted part by its number, at most 100; S3
    refuses a part that does not match.
    """
    body = {
        "part_numbers": sorted(checksums),
        "checksums": {str(number): checksum for number, checksum in checksums.items()},
    }
    call = Call("POST", f"{_upload_path(upload_id)}/part_urls", json=body)
    return ask(api, call, partial(read_part_urls, numbers=checksums))


def list_parts(api: Api, upload_id: str) -> list[Part]:
    """What has arrived."""
    return ask(api, Call("GET", f"{_upload_path(upload_id)}/parts"), read_parts)


def complete_upload(api: Api, upload: Upload, part_ids: Sequence[str]) -> Upload:
    """Joins the parts into the file; may be repeated, and answers as the first time."""
    call = Call("POST", f"{_upload_path(upload['id'])}/complete", json={"part_ids": list(part_ids)})
    return ask(api, call, partial(read_upload, upload_id=upload["id"], size=upload["bytes"]))


def cancel_upload(api: Api, upload_id: str) -> Upload:
    """Ends the session and gives back what it reserved."""
    call = Call("POST", f"{_upload_path(upload_id)}/cancel")
    return ask(api, call, partial(read_upload, upload_id=upload_id))


def _upload_path(upload_id: str) -> str:
    return f"/uploads/{quote(upload_id, safe='')}"


def part_id(part_number: int) -> str:
    """The id of a part that was PUT to its URL."""
    return f"part_{part_number:05}"
