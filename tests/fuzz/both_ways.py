"""A form read by both ways in: whole, as a function has it, and as it comes to the front door."""

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from front_door.forms import IncomingForm
from lambdas.api.form import Form, expires_after_field, parse_form
from lambdas.api.request import Request
from lambdas.core.errors import InvalidRequest
from lambdas.core.file_changes import NewFile
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


def new_file(content_type: str, body: bytes, chunk: int) -> NewFile | Refusal:
    """Read what file a form is to become, as the front door does: once before its content too."""
    try:
        return done(_described(content_type, Chunks(body, chunk)))
    except InvalidRequest as error:
        return error.message, error.param


async def _described(content_type: str, body: Any) -> NewFile:
    incoming = _incoming(content_type, body)
    await incoming.start()
    start = incoming.form_start()
    async for _ in incoming.content():
        pass
    new = incoming.new_file()
    assert (start.filename, start.purpose or new.purpose) == (new.filename, new.purpose)
    return new


def _incoming(content_type: str, body: Any) -> IncomingForm:
    return IncomingForm(Request({}, {"content-type": content_type}, 0), body, "file")


async def _read(content_type: str, body: Any) -> Form:
    incoming = _incoming(content_type, body)
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


def new_file_of(form: Form) -> NewFile | Refusal:
    """Return what file a form is to become, as a function reads it."""
    try:
        filename = clean_filename(form.filename("file"))
        return NewFile(filename, form.field("purpose"), expires_after_field(form))
    except InvalidRequest as error:
        return error.message, error.param
