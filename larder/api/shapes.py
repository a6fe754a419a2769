"""The shapes of the service's answers, field by field, and errors for other shapes."""

import json
import re
from collections.abc import Callable, Mapping
from reprlib import Repr
from typing import Any, cast
from urllib.parse import urlsplit

Check = Callable[[object], bool]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
_MOST_PARTS = 10_000
_CRC64NVME = re.compile(r"[A-Za-z0-9+/]{11}=")
# An id goes into URLs and into the names of files.
_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER_VALUE = re.compile(r"[ -~]{0,1024}")

_brief = Repr()
_brief.maxlevel = 2


class StrangeError(ValueError):
    """Something of another shape; the text says what, to follow "it answered with"."""


def read_json(body: bytes) -> object:
    """The JSON; StrangeError for anything else, `NaN` and what is nested too deep included."""
    try:
        value: object = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise StrangeError("no JSON") from None
    return value


def fields(value: object, what: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    """The value, if it is an object whose fields all pass; else StrangeError."""
    if not isinstance(value, dict):
        raise StrangeError(f"{brief(value)}, which is no {what}")
    for name, check in checks.items():
        if name not in value:
            raise StrangeError(f"a {what} without {name}")
        if not check(value[name]):
            raise StrangeError(f"a {what} whose {name} is {brief(value[name])}")
    return value


def listed(value: object, what: str, checks: Mapping[str, Check]) -> list[dict[str, Any]]:
    """The entries of a list object, if the fields of all pass; else StrangeError."""
    entries = fields(value, f"list of {what}s", {"data": _is_list})["data"]
    return [fields(entry, what, checks) for entry in entries]


def expect(what: str, value: Mapping[str, Any], **expected: object) -> None:
    """Raises StrangeError for a field with another value than expected; None allows any."""
    for name, wanted in expected.items():
        if wanted is not None and value[name] != wanted:
            raise StrangeError(f"a {what} whose {name} is {brief(value[name])}, not {wanted!r}")


def brief(value: object) -> str:
    """The value as Python writes it, cut to a few words."""
    return _brief.repr(value)


def is_url(value: object) -> bool:
    """Whether it is an absolute URL of HTTP or HTTPS that a request can go to."""
    if not isinstance(value, str) or not _URL.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a malformed IPv6 address or port
        return False


def is_checksum(value: object) -> bool:
    """Whether it is a CRC64NVME as S3 writes it: 8 bytes in base64."""
    return isinstance(value, str) and _CRC64NVME.fullmatch(value) is not None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63  # not `isinstance`, since a bool is an int


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_headers(value: object) -> bool:
    return isinstance(value, dict) and all(
        _HEADER_NAME.fullmatch(name) and isinstance(text, str) and _HEADER_VALUE.fullmatch(text)
        for name, text in value.items()
    )


def _is(constant: str) -> Check:
    return lambda value: value == constant


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


FILE: Mapping[str, Check] = {
    "id": _is_id,
    "object": _is("file"),
    "bytes": _is_whole,
    "created_at": _is_whole,
    "expires_at": _is_whole,
    "filename": _is_text,
    "purpose": _is_text,
    "status": _is_text,
}
FILE_URL: Mapping[str, Check] = {
    "object": _is("file.url"),
    "url": is_url,
    "expires_at": _is_whole,
    "bytes": _is_whole,
    "filename": _is_text,
    "crc64nvme": _or_none(is_checksum),
}
PAGE: Mapping[str, Check] = {
    "object": _is("list"),
    "data": _is_list,
    "has_more": _is_bool,
    "last_id": lambda value: value in (None, "") or _is_id(value),
}
DELETED: Mapping[str, Check] = {"id": _is_id, "object": _is("file"), "deleted": _is_bool}
USAGE: Mapping[str, Check] = {
    "object": _is("usage"),
    "owner": _is_text,
    "bytes": _is_whole,
    "reserved_bytes": _is_whole,
    "quota_bytes": _is_whole,
    "files": _is_whole,
}
LIMITS: Mapping[str, Check] = {
    "file_bytes": _is_whole,
    "batch_bytes": _is_whole,
    "batch_requests": _or_none(_is_whole),
}
PURPOSES: Mapping[str, Check] = {
    "purposes": lambda value: isinstance(value, dict) and all(map(_is_whole, value.values())),
}
UPLOAD: Mapping[str, Check] = {
    "id": _is_id,
    "object": _is("upload"),
    "bytes": _is_whole,
    "created_at": _is_whole,
    "filename": _is_text,
    "purpose": _is_text,
    "status": _is_text,
    "expires_at": _is_whole,
    "file": lambda value: value is None or isinstance(value, dict),
    "part_size": _is_whole,
    "part_count": lambda value: _is_whole(value) and cast("int", value) <= _MOST_PARTS,
    "mime_type": _is_text,
}
PART_URL: Mapping[str, Check] = {
    "part_number": _is_whole,
    "url": is_url,
    "method": _is("PUT"),
    "headers": _is_headers,
    "bytes": _is_whole,
    "expires_at": _is_whole,
}
PART: Mapping[str, Check] = {
    "id": _is_id,
    "bytes": _is_whole,
    "part_number": _or_none(_is_whole),
    "checksum": _or_none(is_checksum),
}
