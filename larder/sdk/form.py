"""Reads a multipart form as it streams by, holding no more than a chunk of it.

RFC 7578; names are unescaped as browsers escape them
(https://html.spec.whatwg.org/#multipart-form-data), which is also how httpx writes them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_HEADER_BYTES = 16 * 1024
_MOST_FIELD_BYTES = 64 * 1024
_PARAMETER = re.compile(r';\s*([\w*]+)="([^"]*)"')


class MalformedFormError(ValueError):
    """The form is malformed or incomplete."""


@dataclass(frozen=True)
class FormPart:
    """One field; a file when it has a filename. `content` must be read before the next part."""

    name: str
    filename: str | None
    mime_type: str | None
    content: Iterator[bytes]

    def text(self) -> str:
        """The whole of a text field."""
        value = bytearray()
        for chunk in self.content:
            value += chunk
            if len(value) > _MOST_FIELD_BYTES:
                raise MalformedFormError(f"the field {self.name!r} is too long")
        return value.decode(errors="replace")


class FormReader:
    """The parts of one form, in order."""

    def __init__(self, boundary: str, chunks: Iterator[bytes]) -> None:
        """Reads nothing yet."""
        self._delimiter = b"\r\n--" + boundary.encode()
        self._chunks = chunks
        # A line end, so that the first delimiter looks like the others.
        self._buffer = bytearray(b"\r\n")
        self._taken = -2

    @property
    def offset(self) -> int:
        """How many bytes of the form have been read, headers and delimiters included."""
        return self._taken

    @property
    def closing_size(self) -> int:
        """The size of what ends the form: the delimiter, two dashes and a line end."""
        return len(self._delimiter) + 4

    def parts(self) -> Iterator[FormPart]:
        """Yields the parts; raises MalformedFormError if the form is malformed or incomplete."""
        for _ in self._until_delimiter():
            pass
        while self._take(2) == b"\r\n":
            part = self._head()
            yield part
            for _ in part.content:
                pass

    def _head(self) -> FormPart:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MOST_HEADER_BYTES:
                raise MalformedFormError("a part's headers are too long")
            self._read_more()
        head = self._take(end + 4).decode(errors="replace")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n"))
        }
        parameters = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
        if "name" not in parameters:
            raise MalformedFormError("a part has no name")
        filename = parameters.get("filename")
        return FormPart(
            _unescape(parameters["name"]),
            None if filename is None else _unescape(filename),
            headers.get("content-type"),
            self._until_delimiter(),
        )

    def _until_delimiter(self) -> Iterator[bytes]:
        while (end := self._buffer.find(self._delimiter)) < 0:
            # Keep what may be the beginning of a delimiter.
            if (safe := len(self._buffer) - len(self._delimiter) + 1) > 0:
                yield self._take(safe)
            self._read_more()
        if end > 0:
            yield self._take(end)
        self._take(len(self._delimiter))

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._read_more()
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        self._taken += size
        return taken

    def _read_more(self) -> None:
        try:
            self._buffer += next(self._chunks)
        except StopIteration:
            raise MalformedFormError("the form ends early") from None


def _unescape(value: str) -> str:
    return value.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
