"""Changes a settings class by a table of TOML, each value read by its field's type."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from types import MappingProxyType, NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Made = TypeVar("Made")
Settings = TypeVar("Settings", bound="DataclassInstance")

_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZE = re.compile(rf"(\d+) ?({'|'.join(_UNITS)})")


class FieldError(ValueError):
    """A table has an unknown name or a wrong value; the message says where."""


def with_changes(
    base: Settings, table: Mapping[str, Any], name: str, *, hidden: frozenset[str] = frozenset()
) -> Settings:
    """A copy of settings with the values of a table.

    Args:
        base: What is changed.
        table: The new values by their fields' names.
        name: The table's name, for messages.
        hidden: Fields that a table may not name.

    Raises:
        FieldError: There is no such field, or it takes no such value.
    """
    changes = _values(type(base), table, name, base, hidden)
    return _accepted(lambda: replace(base, **changes), name)


def _made(kind: Any, table: Mapping[str, Any], name: str) -> Any:
    """New settings of a class, where there were none."""
    values = _values(kind, table, name, None, frozenset())
    missing = [field.name for field in fields(kind) if is_required(field)]
    if wanting := [each for each in missing if each not in values]:
        raise FieldError(f"[{name}] must name {' and '.join(wanting)}.")
    return _accepted(lambda: kind(**values), name)


def is_required(field: Field[Any]) -> bool:
    """Whether a field has no default."""
    return field.default is MISSING and field.default_factory is MISSING


def _accepted(make: Callable[[], Made], name: str) -> Made:
    try:
        return make()
    except ValueError as error:
        raise FieldError(f"[{name}]: {error}") from None


def _values(
    kind: Any, table: Mapping[str, Any], name: str, base: object, hidden: frozenset[str]
) -> dict[str, Any]:
    kinds = get_type_hints(kind)
    allowed = [field.name for field in fields(kind) if field.name not in hidden]
    values = {}
    for key, value in table.items():
        if key not in allowed:
            raise FieldError(
                f"[{name}] has no setting '{key}'. Use one of: {', '.join(sorted(allowed))}."
            )
        old = getattr(base, key, None)
        values[key] = _value(kinds[key], value, (name, key), old)
    return values


def _value(kind: Any, value: Any, place: tuple[str, str], old: object = None) -> Any:
    """A value of TOML as a value of a type; `old` is the value that it replaces."""
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        if value is False:
            return None
        if is_dataclass(kind) and value is True:
            value = {}
    if is_dataclass(kind):
        return _nested(kind, value, place, old)
    match get_origin(kind):
        case None:
            return _scalar(kind, value, place)
        case origin if origin is Literal:
            return _one_of(get_args(kind), value, place)
        case origin if origin is tuple and isinstance(value, list):
            return tuple(_value(get_args(kind)[0], each, place) for each in value)
        case origin if origin is not tuple and isinstance(value, dict):
            item = get_args(kind)[1]
            return MappingProxyType({key: _value(item, each, place) for key, each in value.items()})
        case origin:
            raise _refused(place, value, "a list" if origin is tuple else "a table")


def _nested(kind: Any, value: Any, place: tuple[str, str], old: Any) -> Any:
    if not isinstance(value, dict):
        raise _refused(place, value, f"a table [{'.'.join(place)}]")
    name = ".".join(place)
    return _made(kind, value, name) if old is None else with_changes(old, value, name)


def _scalar(kind: Any, value: Any, place: tuple[str, str]) -> Any:
    if kind is int and place[1].endswith("_bytes") and isinstance(value, str):
        if size := _SIZE.fullmatch(value):
            return int(size[1]) * _UNITS[size[2]]
        raise _refused(place, value, f'a number of bytes, or such as "10 GiB": {", ".join(_UNITS)}')
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise _refused(place, value, _NAMES[kind])
    return value


def _one_of(allowed: tuple[Any, ...], value: Any, place: tuple[str, str]) -> Any:
    if value not in allowed:
        raise _refused(place, value, f"one of: {', '.join(map(repr, allowed))}")
    return value


_NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: 'a text in quotes, "…"',
}


def _refused(place: tuple[str, str], value: object, wanted: str) -> FieldError:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return FieldError(f"[{place[0]}] {place[1]} cannot be {shown}. It takes {wanted}.")
