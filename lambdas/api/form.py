"""A form's fields and files, by their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.api import multipart
from lambdas.api.json_object import json_object
from lambdas.core.errors import InvalidRequest
from lambdas.core.expiry import WHOLE_LIFE, means_a_life, unknown_life

MAX_FIELD_BYTES = 8 * 1024
"""The value of one text field; the longest real one is `expires_after` as JSON."""

# As a form of the openai SDKs has it, percent-encoded, or as some clients write an object.
_PART_OF_LIFE = re.compile(
    r"expires_after(?:\[(.*)\]|%5B(.*)%5D|\.(.*))", re.DOTALL | re.IGNORECASE
)
_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)


NAMELESS = "upload"
"""The name of content that has none, as the openai SDKs for Python and Ruby have it."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A part of a form that has a filename, or is the content.

    `filename` is as sent and unchecked (`lambdas.core.filenames` has the rule), `content` is a
    view of the body, `content_type` is the part's own; both are None when it names none.
    """

    filename: str | None
    content: memoryview
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

        Raises InvalidRequest when it has no Content-Type either: so `curl -F file=path` sends the
        path and not the file.
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


def parse_form(content_type: str, body: bytes, *, content: str | None = None) -> Form:
    """Read a `multipart/form-data` body, in time linear in its length.

    Args:
        content_type: The request's `Content-Type` header, with its boundary.
        body: All of it; the files' contents are views of it.
        content: The name of the part that is a file though it may have no filename, as from
            openai-java's `data(byte[])`.

    Raises:
        InvalidRequest: This is not one whole, well-formed form (`param` is None), or a field is
            given twice, is not UTF-8 or has more than `MAX_FIELD_BYTES` (`param` is its name).
    """
    fields: dict[str, str] = {}
    files: dict[str, FormFile] = {}
    for part in multipart.split(content_type, body):
        if part.name in fields or part.name in files:
            raise InvalidRequest(
                f"Duplicate parameter: '{part.name}' must be sent once.", param=part.name
            )
        if part.filename is None and part.name != content:
            fields[part.name] = _text(part.name, part.content)
        else:
            files[part.name] = FormFile(part.filename, part.content, part.content_type)
    return Form(fields, files)


def expires_after_field(form: Form) -> Mapping[str, object] | None:
    """Return the form's `expires_after` as a JSON request would hold it, None when absent.

    The openai SDKs send `expires_after[anchor]` and `expires_after[seconds]`, others the object as
    JSON in one field. Digits in brackets become an int; every other value stays as it is, for
    `lambdas.core.expiry` to judge. Raises InvalidRequest when the field is not a JSON object or
    was sent in several ways, or a field that can only mean a life is not understood.
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


def _text(name: str, content: memoryview) -> str:
    if len(content) > MAX_FIELD_BYTES:
        raise InvalidRequest(
            f"Invalid '{name}': a text field may have at most {MAX_FIELD_BYTES} bytes, "
            "and a file needs a filename.",
            param=name,
        )
    try:
        return str(content, "utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest(f"Invalid '{name}': it is not UTF-8.", param=name) from None
