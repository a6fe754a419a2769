"""Reading a JSON object, as a request's body or a form's field holds it."""

import json
from typing import Any


def json_object(raw: str | bytes) -> dict[str, Any] | None:
    """Return the object, None when this is not JSON or not an object.

    A number without a fraction is an int, however it is written: JSON has one kind of number, and
    some clients write `3600.0`.
    """
    try:
        value = json.loads(raw, parse_float=_number)
    except (ValueError, RecursionError):  # the latter: thousands of opening brackets
        return None
    return value if isinstance(value, dict) else None


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
