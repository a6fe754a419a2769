"""The `multipart` library's parser, with own rules where its rules depend on the chunks.

The result must not depend on how a form happens to be cut into chunks, so what precedes the first
boundary and the header lines are checked here. This uses the library's internal states and its hook
for a header line; tests fail if these change.
"""

from collections.abc import Iterator

from multipart import (
    _BODY,
    _COMPLETE,
    _HEADER,
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from lambdas.api.form_headers import TOKEN, PartHeaders, part_headers
from lambdas.core.errors import InvalidRequest

MAX_PARTS = 32
"""The API's forms have at most four fields; the rest is reserve for future fields."""

MAX_HEADER_BYTES = 8 * 1024
"""All headers of one part together; the longest real one holds a filename of 255 bytes."""


class FormParser(PushMultipartParser):
    """Parses a form chunk by chunk, in time linear in its length."""

    def __init__(self, boundary: bytes) -> None:
        super().__init__(boundary, max_header_size=MAX_HEADER_BYTES, max_segment_count=MAX_PARTS)
        self._first_boundary = b"--" + boundary
        self._preamble = b""
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._part: PartHeaders | None = None
        self.has_begun = False

    @property
    def is_whole(self) -> bool:
        """Whether the last boundary has been read; what follows is ignored."""
        return self._state is _COMPLETE

    def read(self, chunk: bytes) -> Iterator[PartHeaders | bytes | None]:
        """Yield a part's headers, then its content in pieces, then None for its end.

        Raises InvalidRequest.
        """
        chunk = chunk if self.has_begun else self._without_preamble(chunk)
        if not chunk:  # the library takes an empty chunk for the end
            return
        if self._state is _BODY and not self._buffer and b"\r" not in chunk:
            yield chunk  # a search for one byte is four times as fast; JSONL has none of these
            return
        try:
            for event in self.parse(chunk):
                yield self._part if isinstance(event, MultipartSegment) else event
        except MultipartError as error:
            raise self._refusal(error) from None

    def _without_preamble(self, chunk: bytes) -> bytes:
        """Return the chunk from the first boundary on, which must start a line."""
        if not self._preamble and chunk.startswith(self._first_boundary):
            self.has_begun = True
            return chunk
        delimiter = b"\r\n" + self._first_boundary
        text = (self._preamble or b"\r\n") + chunk
        start = text.find(delimiter)
        self._preamble = text[1 - len(delimiter) :]
        self.has_begun = start >= 0
        return text[start + 2 :] if self.has_begun else b""

    def _on_segment_headerline(self, line: bytes) -> None:
        """Take one header, as strictly as HTTP does: no spaces in its name and no folded lines."""
        self._header_bytes += len(line) + len(b"\r\n")
        # Others take a CR or an LF alone for the line's end too, and would read other headers.
        if b"\n" in line or b"\r" in line or self._header_bytes > MAX_HEADER_BYTES:
            raise ParserLimitReached  # as the library does when a chunk ends within the line
        try:
            name, colon, value = line.decode().partition(":")
        except UnicodeDecodeError:
            raise InvalidRequest("Malformed form: the headers of a part are not UTF-8.") from None
        if not colon or not TOKEN.fullmatch(name) or name.lower() in self._headers:
            raise InvalidRequest("Malformed form: the headers of a part cannot be read.")
        self._headers[name.lower()] = value.strip(" \t")

    def _create_segment(self, headerlist: object) -> MultipartSegment:  # noqa: ARG002
        """Read the headers by our rules; the library means this method to be overridden."""
        self._part = part_headers(self._headers)
        self._headers, self._header_bytes = {}, 0
        return MultipartSegment([])

    def _refusal(self, error: MultipartError) -> InvalidRequest:
        if self._state is _HEADER:
            return InvalidRequest(
                "Malformed form: the headers of a part do not end, each in CRLF, "
                f"or have more than {MAX_HEADER_BYTES} bytes."
            )
        if isinstance(error, ParserLimitReached):
            return InvalidRequest(f"The form has too many parts; at most {MAX_PARTS} are allowed.")
        return InvalidRequest(
            "Malformed form: a line begins with the boundary, and neither CRLF nor '--' follows."
        )
