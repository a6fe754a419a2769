"""A form's fields and files, by their names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lambdas.api.form_headers import PartHeaders, boundary_of
from lambdas.api.form_parser import FormParser
from lambdas.api.json_object import json_object
from lambdas.core.errors import InvalidRequest
from lambdas.core.expiry import WHOLE_LIFE, means_a_life, unknown_life

MAX_FIELD_BYTES = 8 * 1024
"""Fields are kept in memory; the longest that clients send is `expires_after` as JSON."""

# As the openai SDKs write it, percent-encoded, or as some clients write an object.
_PART_OF_LIFE = re.compile(
    r"expires_after(?:\[(.*)\]|%5B(.*)%5D|\.(.*))", re.DOTALL | re.IGNORECASE
)
_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)


NAMELESS = "upload"
"""The name of content without a filename, as the openai SDKs for Python and Ruby use it."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A part of a form that has a filename, or is the content.

    `filename` is as sent and unchecked (`lambdas.core.filenames` has the rule), `content_type` is
    the part's own; both are None when it names none. `content` is empty where a `FormStream` yields
    it.
    """

    filename: str | None
    content: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """One form; no name is in both `fields` and `files`.

    Some clients give every part a filename, so one that stands for text is in `files` too.
    """

    fields: Mapping[str, str]
    files: Mapping[str, FormFile]

    def field(self, name: str) -> str:
        """Return the value of a required text field; raises InvalidRequest naming it."""
        if name in self.files:
            return _text(name, self.files[name].content)
        if name not in self.fields:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", param=name)
        return self.fields[name]

    def file(self, name: str) -> FormFile:
        """Return a required file; raises InvalidRequest naming it."""
        if name not in self.files:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", param=name)
        return self.files[name]

    def filename(self, name: str) -> str:
        """Return the filename of a required file, `NAMELESS` when it is sent without one.

        Raises InvalidRequest when it has no Content-Type either: `curl -F file=path`, without an @,
        sends the path in place of the file like this.
        """
        file = self.file(name)
        if file.filename is not None:
            return file.filename
        if file.content_type is None:
            raise InvalidRequest(
                f"Invalid '{name}': it must be sent as a file, with a filename or a Content-Type "
                f"(curl -F {name}=@PATH).",
                param=name,
            )
        return NAMELESS


class FormStream:
    """A form that comes in chunk by chunk: its content is yielded, its other parts are kept.

    Args:
        content_type: The request's `Content-Type` header, with its boundary.
        content: The name of the part that is the content, though it may have no filename, as from
            openai-java's `data(byte[])`.

    Attributes:
        form: The fields and files so far. The content is among them once its headers are read.
        content_begun: Whether the content's headers are read.
        content_ended: Whether its last byte was yielded.

    Raises:
        InvalidRequest: The header names no boundary.
    """

    def __init__(self, content_type: str, content: str) -> None:
        self._parser = FormParser(boundary_of(content_type))
        self._content = content
        self._fields: dict[str, str] = {}
        self._files: dict[str, FormFile] = {}
        self._part = PartHeaders("", None, None)
        self._kept = b""
        self.form = Form(self._fields, self._files)
        self.content_begun = False
        self.content_ended = False

    @property
    def is_whole(self) -> bool:
        """Whether the last boundary has been read; what follows is ignored."""
        return self._parser.is_whole

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the content's bytes in a chunk; exhaust it before feeding the next chunk.

        Raises:
            InvalidRequest: This is no well-formed form (`param` is None), or a part is given twice,
                is a text and not UTF-8, or is not the content and has more than `MAX_FIELD_BYTES`
                (`param` is its name).
        """
        for event in self._parser.read(chunk):
            if isinstance(event, PartHeaders):
                self._begin(event)
            elif event is None:
                self._end_of_part()
            elif self._part.name == self._content:
                yield event
            else:
                self._keep(event)

    def end(self) -> None:
        """Note the end of the form; raises InvalidRequest unless it is whole."""
        if not self._parser.has_begun:
            raise InvalidRequest("Malformed form: its boundary does not occur in the body.")
        if not self.is_whole:
            raise InvalidRequest("Malformed form: the body ends before the last boundary.")

    def _begin(self, part: PartHeaders) -> None:
        name = part.name
        if name in self._fields or name in self._files:
            raise InvalidRequest(f"Duplicate parameter: '{name}' must be sent once.", param=name)
        self._part, self._kept = part, b""
        if name == self._content:
            self._files[name] = FormFile(part.filename, b"", part.content_type)
            self.content_begun = True

    def _keep(self, piece: bytes) -> None:
        if len(self._kept) + len(piece) > MAX_FIELD_BYTES:
            raise _too_long(self._part, self._content)
        self._kept += piece

    def _end_of_part(self) -> None:
        name, filename, content_type = self._part
        if name == self._content:
            self.content_ended = True
        elif filename is None:
            self._fields[name] = _text(name, self._kept)
        else:
            self._files[name] = FormFile(filename, self._kept, content_type)


def parse_form(content_type: str, body: bytes, *, content: str = "file") -> Form:
    """Read a form that is whole in memory, as a `FormStream` does; its content is copied once.

    Raises:
        InvalidRequest: As there, or it is not whole.
    """
    stream = FormStream(content_type, content)
    pieces = list(stream.feed(body))
    stream.end()
    files = dict(stream.form.files)
    if stream.content_begun:
        files[content] = replace(files[content], content=b"".join(pieces))
    return Form(stream.form.fields, files)


def expires_after_field(form: Form) -> Mapping[str, object] | None:
    """Return the form's `expires_after` as a JSON request would hold it, None when absent.

    The openai SDKs send `expires_after[anchor]` and `expires_after[seconds]`, others the object as
    JSON in one field. Digits in brackets become an int; every other value stays as it is, and
    `lambdas.core.expiry` checks it. Raises InvalidRequest when the field is not a JSON object or
    was sent in several forms, or when an unknown field can only mean a life.
    """
    names = [name for name in (*form.fields, *form.files) if means_a_life(name)]
    if names == [WHOLE_LIFE]:
        return _json_life(form.field(WHOLE_LIFE))
    life: dict[str, object] = {}
    for name in names:
        match = _PART_OF_LIFE.fullmatch(name)
        if name == WHOLE_LIFE or (match and match[match.lastindex or 1] in life):
            raise _invalid_expires_after("was sent in several ways")
        if match is None:
            raise unknown_life(name)
        text = form.field(name)
        life[match[match.lastindex or 1]] = int(text) if _INTEGER.fullmatch(text) else text
    return life or None


def _json_life(text: str) -> dict[str, object]:
    try:
        return json_object(text)
    except ValueError as error:
        raise _invalid_expires_after(f"is not a JSON object, since {error}") from None


def _invalid_expires_after(reason: str) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid 'expires_after': it {reason}. Allowed: the fields 'expires_after[anchor]' and "
        "'expires_after[seconds]', or one JSON object with 'anchor' and 'seconds'.",
        param="expires_after",
    )


def _too_long(part: PartHeaders, content: str) -> InvalidRequest:
    reason = (
        f"a text field may have at most {MAX_FIELD_BYTES} bytes, and a file needs a filename"
        if part.filename is None
        else f"only '{content}' may have more than {MAX_FIELD_BYTES} bytes"
    )
    return InvalidRequest(f"Invalid '{part.name}': {reason}.", param=part.name)


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidRequest(f"Invalid '{name}': it is not UTF-8.", param=name) from None
