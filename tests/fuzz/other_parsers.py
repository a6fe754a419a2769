"""Forms as other people's parsers read them."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header as parse_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

# It warns of each form that it refuses.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


class Seen(NamedTuple):
    """A part of a form; `content_type` is not looked at where it has no filename."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes


Parser = Callable[[bytes, bytes], list[Seen] | None]
"""Reads a boundary and a body; returns the parts in order, None when it refuses the form."""


def by_werkzeug(boundary: bytes, body: bytes) -> list[Seen] | None:
    """Read a form as Flask does."""
    decoder = MultipartDecoder(boundary)
    decoder.receive_data(body)
    decoder.receive_data(None)
    parts: list[Seen] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                filename = event.filename if isinstance(event, File) else None
                kind = event.headers.get("content-type")
                parts.append(Seen(event.name or "", filename, kind, b""))
            elif isinstance(event, Data):
                parts[-1] = parts[-1]._replace(content=parts[-1].content + event.data)
    except (ValueError, HTTPException):
        return None
    return parts


def by_python_multipart(boundary: bytes, body: bytes) -> list[Seen] | None:
    """Read a form as Starlette and FastAPI do."""
    reading = _Reading()
    try:
        parser = MultipartParser(boundary, reading.callbacks())
        parser.write(body)
        parts = [reading.seen(headers, content) for headers, content in reading.parts]
    except (FormParserError, ValueError):
        return None
    return parts if parser.state == MultipartState.END else None


class _Reading:
    """Collects what python-multipart calls back with."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[bytes, bytes], bytearray]] = []
        self._name = b""
        self._value = b""

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": lambda: self.parts.append(({}, bytearray())),
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header_end,
            "on_part_data": lambda data, start, end: self.parts[-1][1].extend(data[start:end]),
        }

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self.parts[-1][0][self._name.lower()] = self._value
        self._name, self._value = b"", b""

    @staticmethod
    def seen(headers: dict[bytes, bytes], content: bytearray) -> Seen:
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        filename, kind = options.get(b"filename"), headers.get(b"content-type")
        return Seen(
            options.get(b"name", b"").decode(),
            None if filename is None else filename.decode(),
            None if kind is None else kind.decode(),
            bytes(content),
        )


def _boundary_by_werkzeug(content_type: str) -> bytes | None:
    boundary = parse_header(content_type)[1].get("boundary")
    return None if boundary is None else boundary.encode()


def _boundary_by_python_multipart(content_type: str) -> bytes | None:
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    return None if boundary is None else bytes(boundary)


BOUNDARIES: dict[str, Callable[[str], bytes | None]] = {
    "werkzeug": _boundary_by_werkzeug,
    "python-multipart": _boundary_by_python_multipart,
}
"""What each takes for the boundary in a Content-Type, None when there is none."""

PARSERS: dict[str, Parser] = {
    "werkzeug": by_werkzeug,
    "python-multipart": by_python_multipart,
}
