"""A form read by both ways in: whole, as a function has it, and as it comes to the front door."""

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from front_door.forms import IncomingForm
from lambdas.api.form import Form, expires_after_field, parse_form
from lambdas.api.request import Request
from lambdas.core.errors import InvalidRequest
from lambdas.core.expiry import lifetime
from lambdas.core.filenames import clean_filename

T = TypeVar("T")

Refusal = tuple[str, str | None]
"""An error's message and parameter."""


@dataclass
class Chunks:
    """A body that comes in pieces of one size; it stands for `front_door.body.Body`."""

    body: bytes
    chunk: int
    size: int | None = None
    taken: int = 0

    async def read(self) -> bytes:
        chunk = self.body[self.taken : self.taken + self.chunk]
        self.taken += len(chunk)
        return chunk


def whole(content_type: str, body: bytes) -> Form | Refusal:
    """Read a form as a function does."""
    try:
        return parse_form(content_type, body)
    except InvalidRequest as error:
        return error.message, error.param


def in_pieces(content_type: str, body: bytes, chunk: int) -> Form | Refusal:
    """Read a form as the front door does, from pieces of so many bytes."""
    try:
        return done(_read(content_type, Chunks(body, chunk)))
    except InvalidRequest as error:
        return error.message, error.param


async def _read(content_type: str, body: Any) -> Form:
    request = Request({}, {"content-type": content_type}, 0)
    incoming = IncomingForm(request, body, "file")
    await incoming.start()
    content = b"".join([bytes(piece) async for piece in incoming.content()])
    form = incoming.form
    files = {
        name: replace(file, content=content) if name == "file" else file
        for name, file in form.files.items()
    }
    return Form(dict(form.fields), files)


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        result: T = stopped.value
        return result
    raise AssertionError("it waits")


def asked_for(form: Form) -> tuple[str, str, int] | Refusal:
    """Return the filename, purpose and life in seconds that a form asks for."""
    try:
        seconds = lifetime(expires_after_field(form))
        return clean_filename(form.filename("file")), form.field("purpose"), seconds
    except InvalidRequest as error:
        return error.message, error.param
