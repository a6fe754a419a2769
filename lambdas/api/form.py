"""A form's fields and files, by their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lambdas.api import multipart
from lambdas.api.json_object import json_object
from lambdas.core.errors import InvalidRequest

MAX_FIELD_BYTES = 8 * 1024
"""The value of one text field; the longest real one is `expires_after` as JSON."""

_BRACKETED = re.compile(r"expires_after\[(.*)\]", re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FormFile:
    """A part of a form that has a filename.

    `filename` is as sent and unchecked (`lambdas.core.filenames` has the rule), `content` is a
    view of the body, `content_type` is the part's own, None when it names none.
    """

    filename: str
    content: memoryview
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """One form; no name is in both `fields` and `files`."""

    fields: Mapping[str, str]
    files: Mapping[str, FormFile]

    def field(self, name: str) -> str:
        """Return the value of a required text field; raises InvalidRequest naming it."""
        if name in self.files:
            raise InvalidRequest(
                f"Invalid '{name}': it must be a text field, without a filename.", param=name
            )
        if name not in self.fields:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", param=name)
        return self.fields[name]

    def file(self, name: str) -> FormFile:
        """Return a required file; raises InvalidRequest naming it."""
        if name in self.fields:
            raise InvalidRequest(
                f"Invalid '{name}': it must be sent as a file, with a filename.", param=name
            )
        if name not in self.files:
            raise InvalidRequest(f"Missing required parameter: '{name}'.", param=name)
        return self.files[name]


def parse_form(content_type: str, body: bytes) -> Form:
    """Read a `multipart/form-data` body, in time linear in its length.

    Args:
        content_type: The request's `Content-Type` header, with its boundary.
        body: All of it; the files' contents are views of it.

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
        if part.filename is None:
            fields[part.name] = _text(part)
        else:
            files[part.name] = FormFile(part.filename, part.content, part.content_type)
    return Form(fields, files)


def expires_after_field(form: Form) -> Mapping[str, object] | None:
    """Return the form's `expires_after` as a JSON request would hold it, None when absent.

    The openai SDKs send `expires_after[anchor]` and `expires_after[seconds]`, others the object as
    JSON in one field. Digits in brackets become an int; every other value stays as it is, for
    `lambdas.core.expiry` to judge. Raises InvalidRequest when the field is not a JSON object or
    was sent in both ways.
    """
    bracketed: dict[str, object] = {}
    for name, text in form.fields.items():
        match = _BRACKETED.fullmatch(name)
        if match:
            bracketed[match[1]] = int(text) if _INTEGER.fullmatch(text) else text
    if "expires_after" not in form.fields:
        return bracketed or None
    if bracketed:
        raise _invalid_expires_after("was sent both as JSON and in brackets")
    value = json_object(form.fields["expires_after"])
    if value is None:
        raise _invalid_expires_after("is not a JSON object")
    return value


def _invalid_expires_after(reason: str) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid 'expires_after': it {reason}. Allowed: the fields 'expires_after[anchor]' and "
        "'expires_after[seconds]', or one JSON object with 'anchor' and 'seconds'.",
        param="expires_after",
    )


def _text(part: multipart.Part) -> str:
    if len(part.content) > MAX_FIELD_BYTES:
        raise InvalidRequest(
            f"Invalid '{part.name}': a text field may have at most {MAX_FIELD_BYTES} bytes, "
            "and a file needs a filename.",
            param=part.name,
        )
    try:
        return str(part.content, "utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest(f"Invalid '{part.name}': it is not UTF-8.", param=part.name) from None
