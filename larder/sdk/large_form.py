"""Turns a form that is too large for one call into an upload in parts."""

import json
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO

from larder.api.calls import Api
from larder.api.files import create_file
from larder.api.types import File
from larder.api.uploads import INLINE_BYTES, NewFile, media_type
from larder.errors import DamagedError
from larder.sdk.form import FormPart, FormReader, MalformedFormError
from larder.transfer.sources import HandleSource
from larder.transfer.upload import Whole, of_source, of_stream, upload_in_parts

# Enough for an `expires_after`, and too short for a nesting that Python cannot parse.
_MOST_JSON_CHARACTERS = 200


@dataclass(frozen=True)
class FileForm:
    """A request to create a file.

    `base_url` is the API's, and `query` is sent with every call; `size` is the whole form's in
    bytes, None if unknown.
    """

    base_url: str
    query: str
    boundary: str
    size: int | None
    idempotency_key: str | None

    @property
    def is_small(self) -> bool:
        """Whether it is certainly small enough for one call."""
        return self.size is not None and self.size <= INLINE_BYTES


def file_form(method: str, url: str, headers: Mapping[str, str]) -> FileForm | None:
    """The request as a FileForm; None for any other, which passes unchanged."""
    path, _, query = url.partition("#")[0].partition("?")
    path = path.rstrip("/")
    content_type = headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if method != "POST" or not path.endswith("/files") or boundary is None:
        return None
    base_url = path.removesuffix("/files")
    # POST /containers/{id}/files creates another kind of file.
    if not content_type.startswith("multipart/form-data") or "/containers/" in base_url:
        return None
    length = headers.get("content-length")
    size = None if length is None else int(length)
    return FileForm(base_url, query, boundary[1], size, headers.get("idempotency-key"))


def upload_form(
    api: Api, form: FileForm, chunks: Iterator[bytes], stop: threading.Event | None = None
) -> File:
    """Uploads the form's file as it streams by.

    The file's size must be known before it is sent. It follows from the form's size if the file is
    the last field, as in the openai SDK. A form of unknown size, or with the purpose after the
    file, goes through a temporary file on disk. Raises LarderError, MalformedFormError, and Stopped
    when `stop` is set.
    """
    reader = FormReader(form.boundary, chunks)
    fields: dict[str, str] = {}
    parts = reader.parts()
    for part in parts:
        if part.filename is None:
            fields[part.name] = part.text()
        elif part.name == "file":
            size = (form.size or 0) - reader.offset - reader.closing_size
            if size > 0 and "purpose" in fields:
                whole = of_stream(part.content, partial(_check_end, part, parts))
                return _upload(api, whole, _new_file(part, size, fields), form, stop)
            with tempfile.TemporaryFile() as spool:
                _spool(part, parts, fields, spool)
                new = _new_file(part, spool.tell(), fields)
                return _upload_spooled(api, form, new, spool, stop)
    raise MalformedFormError("Missing required parameter: 'file'.")


def _spool(
    file: FormPart, others: Iterator[FormPart], fields: dict[str, str], spool: IO[bytes]
) -> None:
    for chunk in file.content:
        spool.write(chunk)
    fields |= {part.name: part.text() for part in others}


def _upload_spooled(
    api: Api, form: FileForm, new: NewFile, spool: IO[bytes], stop: threading.Event | None
) -> File:
    if new.size <= INLINE_BYTES:
        spool.seek(0)
        return create_file(api, new, spool.read(), form.idempotency_key)
    return _upload(api, of_source(HandleSource(spool)), new, form, stop)


def _upload(
    api: Api, whole: Whole, new: NewFile, form: FileForm, stop: threading.Event | None
) -> File:
    return upload_in_parts(api, whole, new, idempotency_key=form.idempotency_key, stop=stop)


def _check_end(file: FormPart, others: Iterator[FormPart]) -> None:
    if any(file.content) or next(others, None) is not None:
        raise DamagedError("the form does not end with its file, whose size was taken from that")


def _new_file(part: FormPart, size: int, fields: Mapping[str, str]) -> NewFile:
    return NewFile(
        filename=part.filename or "",
        size=size,
        purpose=fields.get("purpose"),
        mime_type=media_type(part.mime_type),
        expires_after=_expires_after(fields),
    )


def _expires_after(fields: Mapping[str, str]) -> Mapping[str, object] | str | None:
    """The fields in brackets, or the JSON field, in the form of a JSON request."""
    if "expires_after" in fields:
        return _json_or_text(fields["expires_after"])
    bracketed: dict[str, object] = {}
    for name, text in fields.items():
        if match := re.fullmatch(r"expires_after\[(.*)\]", name):
            bracketed[match[1]] = int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text
    return bracketed or None


def _json_or_text(text: str) -> Mapping[str, object] | str:
    """The JSON, or the text itself if it is no valid JSON, which the service refuses then."""
    if len(text) > _MOST_JSON_CHARACTERS:
        return text
    try:
        value: Mapping[str, object] = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return text
    return value
