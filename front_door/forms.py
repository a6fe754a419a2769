"""A form as it comes in: its fields are kept, its content is yielded."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from front_door.body import Body
from front_door.decoding import decoded
from lambdas.api.form import Form, FormStream, expires_after_field
from lambdas.api.request import Request
from lambdas.core.errors import InvalidRequest
from lambdas.core.file_changes import NewFile
from lambdas.core.filenames import clean_filename
from lambdas.core.large_files import FormStart

MOST_FIELDS = 64 * 1024
"""How many bytes of a request may be something else than content; in real ones, 500 are."""

# Twice what all fields at their longest take; the rest is for what is before and after the parts.
MOST_BESIDE = 1024 * 1024


class IncomingForm:
    """The form of a request, of which one part is the content."""

    def __init__(self, request: Request, body: Body, content: str) -> None:
        self._body = decoded(body, request.headers.get("content-encoding"))
        self._stream = FormStream(request.headers.get("content-type", ""), content)
        self._first: list[Any] = []
        self._beside = 0

    @property
    def form(self) -> Form:
        """The fields so far."""
        return self._stream.form

    async def start(self) -> None:
        """Read until the content begins, if it does."""
        while not self._stream.content_begun and (chunk := await self._body.read()):
            self._first.extend(self._fed(chunk))

    async def content(self) -> AsyncIterator[Any]:
        """Yield the content as it comes, and read on to the form's end; raises InvalidRequest."""
        for content in self._first:
            yield content
        self._first.clear()
        while chunk := await self._body.read():
            for content in self._fed(chunk):
                yield content
        self._stream.end()

    def _fed(self, chunk: bytes) -> Iterator[Any]:
        """Yield the content in a chunk, and count everything else, which is limited."""
        self._beside += len(chunk)
        for content in self._stream.feed(chunk):
            self._beside -= len(content)
            yield content
        if self._beside > MOST_BESIDE:
            raise InvalidRequest(
                f"Malformed form: there are more than {MOST_BESIDE} bytes beside its content."
            )

    @property
    def at_least(self) -> int:
        """How many bytes of content there are at least, by the request's length."""
        return max(0, (self._body.size or 0) - MOST_FIELDS)

    def form_start(self) -> FormStart:
        """Return what the form has before its content; raises InvalidRequest."""
        form, length = self.form, self._body.size
        if "file" not in form.files:
            return FormStart(self.at_least, length)
        has_purpose = "purpose" in form.fields or "purpose" in form.files
        return FormStart(
            self.at_least,
            length,
            clean_filename(form.filename("file")),
            form.field("purpose") if has_purpose else None,
            expires_after_field(form),
        )

    def new_file(self) -> NewFile:
        """Return the file that the whole form describes; raises InvalidRequest."""
        return NewFile(
            filename=clean_filename(self.form.filename("file")),
            purpose=self.form.field("purpose"),
            expires_after=expires_after_field(self.form),
        )
