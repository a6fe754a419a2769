"""What is wrong with a line that is JSON."""

import json
from collections.abc import Callable, Iterator
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
_MOST_SHOWN = 60


def faults_in(request: object, line: bytes, number: int) -> list[Fault]:
    """The faults of one line, whatever the other lines are, in the order of their columns."""
    text = line.decode()
    start = column_of_first(text)
    if not isinstance(request, dict):
        message = f"{_KINDS[type(request)]}, where a request is an object"
        return [Fault(number, start, "not_an_object", message)]
    found = list(members(text))
    # Of several with one name the last holds, as almost every program reads JSON.
    columns = {member.name: member.value_column for member in found}
    faults = [
        Fault(number, columns.get(name, start), code, message)
        for name, code, message in _wrong_fields(request)
    ]
    ids = [member for member in found if member.name == "custom_id"]
    if len(ids) > 1:
        message = "custom_id stands in this request twice"
        faults.append(Fault(number, ids[1].column, "duplicate_key", message))
    return sorted(faults, key=lambda fault: fault.column)


def column_of(name: str, line: bytes) -> int:
    """The column of the value of a member of the line's object, which has it."""
    text = line.decode().removeprefix(MARK)
    columns = {member.name: member.value_column for member in members(text)}
    return columns[name]


def shown(value: object) -> str:
    """A value as JSON writes it, or what kind of thing it is if that is long."""
    if isinstance(value, str):
        cut = value if len(value) <= _MOST_SHOWN else f"{value[: _MOST_SHOWN - 1]}…"
        return json.dumps(cut, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else _KINDS[type(value)]


def _wrong_fields(request: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, complaint in _RULES.items():
        if name not in request:
            yield name, f"missing_{name}", f"{name} is missing"
        elif said := complaint(request[name]):
            yield name, f"invalid_{name}", f"{name} {said}"


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
