"""What is wrong with a line that is JSON."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from larder.batch.places import column_of_first, members
from larder.batch.report import Fault

_KINDS = {
    dict: "an object",
    list: "an array",
    str: "a text",
    bool: "true or false",
    type(None): "null",
    int: "a number",
    float: "a number",
}
MARK = "\ufeff"
_ID = b'"custom_id"'
# One of its letters as an escape, which no program writes without need.
_ESCAPED = re.compile(rb"\\u00(?:5[fF]|6[349dDfF]|7[345])")
_MOST_SHOWN = 60


def faults_in(request: object, line: bytes, number: int) -> list[Fault]:
    """The faults of one line, whatever the other lines are, in the order of their columns."""
    if not isinstance(request, dict):
        message = f"{_KINDS[type(request)]}, where a request is an object"
        return [Fault(number, column_of_first(line.decode()), "not_an_object", message)]
    wrong = list(_wrong_fields(request))
    has_two = may_have_two_ids(line)
    if not wrong and not has_two:
        return []
    text = line.decode()
    columns = _value_columns(text) if wrong else {}
    faults = [
        Fault(number, columns.get(name) or column_of_first(text), code, message)
        for name, code, message in wrong
    ]
    if has_two and (column := _column_of_second_id(text)):
        message = "custom_id stands in this request twice"
        faults.append(Fault(number, column, "duplicate_key", message))
    return sorted(faults, key=lambda fault: fault.column)


def count_faults_in(request: object, line: bytes) -> int:
    """How many `faults_in` would find, without their places, which take time to find."""
    if not isinstance(request, dict):
        return 1
    has_two = may_have_two_ids(line) and _column_of_second_id(line.decode()) is not None
    return sum(1 for _ in _wrong_fields(request)) + has_two


def may_have_two_ids(line: bytes) -> bool:
    """Whether it is worth to look for a second `custom_id`; quick, as each line is asked."""
    # From the end, which CPython searches faster than from the beginning.
    if line.rfind(_ID) != line.find(_ID):
        return True
    return line.rfind(b"\\u00") >= 0 and _ESCAPED.search(line) is not None


def column_of(name: str, line: bytes) -> int:
    """The column of the value of a member of the line's object, which has it."""
    text = line.decode().removeprefix(MARK)
    return _value_columns(text)[name]


def shown(value: object) -> str:
    """A value as JSON writes it, or what kind of thing it is if that is long."""
    if isinstance(value, str):
        cut = value if len(value) <= _MOST_SHOWN else f"{value[: _MOST_SHOWN - 1]}…"
        return json.dumps(cut, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _KINDS[type(value)]


def _value_columns(text: str) -> dict[str, int]:
    """Where the value of each field begins; of several the last holds, as for most programs."""
    return {member.name: member.value_column for member in members(text) if member.name in _RULES}


def _column_of_second_id(text: str) -> int | None:
    ids = (member.column for member in members(text) if member.name == "custom_id")
    return next(islice(ids, 1, None), None)


def _wrong_fields(request: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, complaint in _RULES.items():
        if name not in request:
            yield name, f"missing_{name}", f"{name} is missing"
        elif problem := complaint(request[name]):
            yield name, f"invalid_{name}", f"{name} {problem}"


def _custom_id(value: object) -> str | None:
    if not isinstance(value, str):
        return f"is {shown(value)}, and must be a text"
    return None if value else "is empty"


def _method(value: object) -> str | None:
    return None if value == "POST" else f'is {shown(value)}, and must be "POST"'


def _url(value: object) -> str | None:
    if isinstance(value, str) and value.startswith("/"):
        return None
    return f'is {shown(value)}, and must be a path such as "/v1/chat/completions"'


def _body(value: object) -> str | None:
    return None if isinstance(value, dict) else f"is {shown(value)}, and must be an object"


_RULES: dict[str, Callable[[object], str | None]] = {
    "custom_id": _custom_id,
    "method": _method,
    "url": _url,
    "body": _body,
}
