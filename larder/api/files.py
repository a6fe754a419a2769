"""The Files API of the command line."""

import json
import os
import re
import secrets
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from larder.api.answers import (
    ask,
    read_deleted,
    read_file,
    read_file_url,
    read_page,
    read_usage,
)
from larder.api.calls import Api, Call
from larder.api.pages import entries
from larder.api.types import Deleted, File, FileUrl, Usage
from larder.api.uploads import NewFile


def create_file(api: Api, new: NewFile, content: bytes, idempotency_key: str | None = None) -> File:
    """Uploads a file in one call; an ApiError with status 413 means that it needs parts."""
    fields: list[tuple[str, str] | RequestField] = []
    if new.purpose is not None:
        fields.append(("purpose", new.purpose))
    if new.expires_after is not None:
        fields.append(("expires_after", json.dumps(new.expires_after)))
    fields.append(_file_field(new, content))
    body, content_type = encode_multipart_formdata(fields, boundary=os.urandom(16).hex())
    # A key of its own, so that a retry after a lost answer makes no second file.
    key = idempotency_key or secrets.token_hex(16)
    headers = {"Content-Type": content_type, "Idempotency-Key": key}
    call = Call("POST", "/files", body=body, headers=headers)
    return ask(api, call, partial(read_file, size=new.size))


def get_file(api: Api, file_id: str) -> File:
    """The File."""
    return ask(api, Call("GET", _file_path(file_id)), partial(read_file, file_id=file_id))


def list_files(
    api: Api, *, purpose: str | None = None, order: str | None = None, limit: int | None = None
) -> Iterator[File]:
    """Files in order of creation, newest first unless `order` is `asc`; at most `limit`."""
    return entries(api, "/files", read_page, limit=limit, purpose=purpose, order=order)


def delete_file(api: Api, file_id: str) -> Deleted:
    """Deletes the file for good."""
    return ask(api, Call("DELETE", _file_path(file_id)), partial(read_deleted, file_id=file_id))


def get_usage(api: Api) -> Usage:
    """What the key's owner holds."""
    return ask(api, Call("GET", "/usage"), read_usage)


def get_file_url(api: Api, file_id: str) -> FileUrl:
    """Where the content is in S3, at S3's own speed, and its checksum where one is known."""
    return ask(api, Call("GET", f"{_file_path(file_id)}/url"), read_file_url)


def _file_field(new: NewFile, content: bytes) -> RequestField:
    disposition = "form-data"
    if re.search(r"[%\\]|=\?", new.filename):
        # `filename` is ambiguous here: forms escape a quote as %22 but not %, some escape a
        # backslash, and =? begins an encoded word (RFC 2047). `filename*` is exact, and wins (RFC
        # 6266, 4.3); RFC 7578 forbids it, so it is used only for such names.
        disposition += f"; filename*=UTF-8''{quote(new.filename, safe='')}"
    field = RequestField("file", content, new.filename)
    field.make_multipart(disposition, new.mime_type)
    return field


def _file_path(file_id: str) -> str:
    # An id that is not UTF-8 is no file's; let the service refuse it.
    return f"/files/{quote(file_id, safe='', errors='replace')}"
