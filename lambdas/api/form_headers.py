"""Reading a form's headers: its boundary, and the names of a part.

The library reads names as browsers escape them; other clients of this API escape them differently.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from lambdas.core.errors import InvalidRequest

MAX_BOUNDARY = 256
"""Characters; RFC 2046 says seventy, and openai-ruby sent eighty."""

# RFC 2046, 5.1.1: the last is not a space.
_BOUNDARY = re.compile(
    rf"[0-9A-Za-z'()+_,\-./:=? ]{{0,{MAX_BOUNDARY - 1}}}[0-9A-Za-z'()+_,\-./:=?]"
)

# RFC 9110, 5.6: a token, and a parameter whose value is a quoted string or what precedes a `;`.
# Browsers and undici do not escape a backslash, so one before the last quote may be itself.
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PARAMETER = re.compile(
    rf"""[ \t]*;[ \t]*(?P<name>{TOKEN.pattern})[ \t]*=[ \t]*"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*|[^"]*)"(?=[ \t]*(?:;|\Z))|(?P<bare>[^;"]*))""",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r'\\(["\\])')

# RFC 8187, 3.2.1 (was 5987): charset'language'percent-encoded.
_EXTENDED_VALUE = re.compile(r"(utf-8|iso-8859-1)'[^']*'([!-&(-~]*)", re.IGNORECASE)


class PartHeaders(NamedTuple):
    """A part's name, filename and content type."""

    name: str
    filename: str | None
    content_type: str | None


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a request's `Content-Type` names; raises InvalidRequest."""
    media_type, parameters = _value_and_parameters("Content-Type", content_type)
    if media_type != "multipart/form-data":
        raise InvalidRequest("The request's Content-Type must be multipart/form-data.")
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise InvalidRequest(
            f"The Content-Type multipart/form-data needs a boundary of 1 to {MAX_BOUNDARY} "
            "characters, as RFC 2046 has them."
        )
    return boundary.encode("ascii")


def part_headers(headers: Mapping[str, str]) -> PartHeaders:
    """Read a part's headers, by their names in lower case; raises InvalidRequest."""
    disposition, parameters = _value_and_parameters(
        "Content-Disposition", headers.get("content-disposition", "")
    )
    name = _unescape(parameters.get("name", ""))
    if disposition != "form-data" or not name:
        raise InvalidRequest(
            "Malformed form: a part has no 'Content-Disposition: form-data' with a name."
        )
    # RFC 7578, 4.7 allows only these encodings; content in another one would be stored encoded.
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding not in {"7bit", "8bit", "binary"}:
        raise InvalidRequest(
            f"Invalid '{name}': it must be sent without a Content-Transfer-Encoding.", param=name
        )
    return PartHeaders(name, _filename(name, parameters), headers.get("content-type"))


def _filename(name: str, parameters: dict[str, str]) -> str | None:
    """Return the part's filename, None when it has none.

    `filename*` wins over `filename`. RFC 7578 forbids sending it, but those who do (.NET) put the
    exact name there and a fallback in `filename`, as RFC 6266, 4.3 has it.
    """
    extended = parameters.get("filename*")
    if extended is None:
        filename = parameters.get("filename")
        return None if filename is None else _plain_filename(name, filename)
    match = _EXTENDED_VALUE.fullmatch(extended)
    try:
        if match:
            return unquote_to_bytes(match[2]).decode(match[1])
    except UnicodeDecodeError:
        pass
    raise InvalidRequest(
        f"Invalid '{name}': its filename* does not follow RFC 8187; send a filename instead.",
        param=name,
    )


def _plain_filename(name: str, filename: str) -> str:
    if "=?" not in filename:
        return _unescape(filename)
    from lambdas.api.encoded_words import decoded  # noqa: PLC0415 - hardly any client has need of it

    try:
        return decoded(_unescape(filename))
    except ValueError:
        raise InvalidRequest(
            f"Invalid '{name}': its filename has an encoded word (RFC 2047) that does not decode; "
            "send the filename itself, in UTF-8.",
            param=name,
        ) from None


def _unescape(value: str) -> str:
    """Undo what browsers escape in a name: these three, and not `%` itself.

    https://html.spec.whatwg.org/#multipart-form-data
    """
    return value.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _value_and_parameters(name: str, header: str) -> tuple[str, dict[str, str]]:
    r"""Return a header's value, in lower case, and its parameters by their names in lower case.

    Only `\"` and `\\` are read as quoted pairs: browsers and undici send a backslash as it is, so
    that of `C:\new.jsonl` stays.
    """
    value, _, _ = header.partition(";")
    header = header.rstrip("; \t")
    parameters: dict[str, str] = {}
    position = len(value)
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None or match["name"].lower() in parameters:
            raise InvalidRequest(f"Malformed form: a {name} header cannot be read.")
        quoted = match["quoted"]
        parameters[match["name"].lower()] = (
            match["bare"].rstrip(" \t") if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
        )
        position = match.end()
    return value.strip(" \t").lower(), parameters
