"""Reading a JSON object, as a request's body or a form's field holds it."""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any

MAX_DEPTH = 16
"""How deep arrays and objects may be nested; the API's own are two deep."""

MAX_DIGITS = 100
"""How many digits an integer may have; the largest real size has 10."""

# How much of a name a reason shows: the name may be as long as the body.
_SHOWN = 64


def json_object(raw: str | bytes) -> dict[str, Any]:
    """Return the object; raises ValueError with the reason when it is not acceptable.

    A number without a fraction is an int, however it is written: JSON has one kind of number, and
    some clients write `3600.0`. What JSON parsers read differently is refused: repeated names, NaN
    and infinities, integers of more than `MAX_DIGITS`, and characters that UTF-8 cannot encode.
    """
    try:
        value = json.loads(
            raw if isinstance(raw, str) else raw.decode("utf-8-sig"),
            parse_int=_number,
            parse_float=_number,
            parse_constant=_number,
            object_pairs_hook=_members,
        )
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("it is not JSON in UTF-8") from None
    except RecursionError:  # thousands of opening brackets
        raise _too_deep() from None
    if not isinstance(value, dict):
        raise ValueError("it is something else")
    if not _is_within(MAX_DEPTH, value):
        raise _too_deep()
    for name, member in value.items():
        if not _has_utf8(name, member):
            raise ValueError(f"{name[:_SHOWN]!a} has a character that UTF-8 has not")
    return value


def _too_deep() -> ValueError:
    return ValueError(f"it is nested deeper than {MAX_DEPTH}")


def _number(text: str) -> int | float:
    digits = text.removeprefix("-")
    if digits.isdigit() and len(digits) <= MAX_DIGITS:
        return int(text)
    value = float(text)
    if digits.isdigit() or not isfinite(value):
        raise ValueError(
            f"it has a number that is not finite, or an integer of more than {MAX_DIGITS} digits"
        )
    return int(value) if value.is_integer() and abs(value) < 10**MAX_DIGITS else value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"it names {name[:_SHOWN]!a} twice")
        members[name] = value
    return members


def _is_within(depth: int, value: object) -> bool:
    """Tell whether a value is nested no deeper, without recursion, so that any depth is safe."""
    level: Iterable[object] = [value]
    for _ in range(depth):
        level = [inner for one in level for inner in _inside(one)]
    return not any(isinstance(one, dict | list) for one in level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _has_utf8(*values: object) -> bool:
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
