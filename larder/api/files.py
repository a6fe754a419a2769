"""The Files API of the command line."""

import json
import os
import re
import uuid
from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from larder.api.calls import Api, Call
from larder.api.http import HttpApi, with_query
from larder.api.types import File, Usage
from larder.api.uploads import NewFile
from larder.errors import NoAnswerError


def create_file(api: Api, new: NewFile, content: bytes, idempotency_key: str | None = None) -> File:
    """Uploads a file in one call; ApiError with status 413 tells that it needs parts."""
    fields: list[tuple[str, str] | RequestField] = []
    if new.purpose is not None:
        fields.append(("purpose", new.purpose))
    if new.expires_after is not None:
        fields.append(("expires_after", json.dumps(new.expires_after)))
    fields.append(_file_field(new, content))
    body, content_type = encode_multipart_formdata(fields, boundary=os.urandom(16).hex())
    # Its own key, so that a lost answer does not make a second file.
    key = idempotency_key or str(uuid.uuid4())
    headers = {"Content-Type": content_type, "Idempotency-Key": key}
    return cast("File", api.call(Call("POST", "/files", body=body, headers=headers)))


def get_file(api: HttpApi, file_id: str) -> File:
    """The File."""
    return cast("File", api.call(Call("GET", _file_path(file_id))))


def list_files(
    api: HttpApi, *, purpose: str | None = None, order: str | None = None, limit: int | None = None
) -> Iterator[File]:
    """Files in order of creation, newest first unless `order` is `asc`; at most `limit`."""
    after: str | None = None
    while limit is None or limit > 0:
        page_size = None if limit is None else min(limit, 10_000)
        query = with_query("/files", purpose=purpose, order=order, limit=page_size, after=after)
        page = api.call(Call("GET", query))
        yield from page["data"]
        if not page["has_more"]:
            return
        after = page["last_id"]
        limit = None if limit is None else limit - len(page["data"])


def delete_file(api: HttpApi, file_id: str) -> dict[str, object]:
    """Deletes the file for good."""
    return cast("dict[str, object]", api.call(Call("DELETE", _file_path(file_id))))


def get_usage(api: HttpApi) -> Usage:
    """What the key's owner holds."""
    return cast("Usage", api.call(Call("GET", "/usage")))


def get_content_link(api: HttpApi, file_id: str) -> tuple[str, str | None]:
    """A presigned URL of the content, and its base64 CRC64NVME where the service knows it."""
    answer = api.send(Call("GET", f"{_file_path(file_id)}/content"))
    if "location" not in answer.headers:
        raise NoAnswerError(f"{api.base_url} is no Larder: it answered the content with no URL")
    return answer.headers["location"], answer.headers.get("x-larder-crc64nvme")


def _file_field(new: NewFile, content: bytes) -> RequestField:
    disposition = "form-data"
    if re.search(r"[%\\]", new.filename):
        # Forms escape a quote as %22, but not % itself, and some a backslash: only this is exact,
        # and wins (RFC 6266, 4.3). RFC 7578 would have none of it, so other names do without.
        disposition += f"; filename*=UTF-8''{quote(new.filename, safe='')}"
    field = RequestField("file", content, new.filename)
    field.make_multipart(disposition, new.mime_type)
    return field


def _file_path(file_id: str) -> str:
    return f"/files/{quote(file_id, safe='')}"
