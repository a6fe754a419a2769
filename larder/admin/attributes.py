"""Reads an item's attributes, even if their values have wrong types."""

import json
import re
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Mapping[str, Any]]


def text_of(item: Item, name: str) -> str:
    """The attribute's text, or its value in JSON if it is of another type; "" without it."""
    if name not in item:
        return ""
    (value,) = item[name].values()
    return value if isinstance(value, str) else json.dumps(value, default=repr)


def number_of(item: Item, name: str) -> int | str | None:
    """The attribute's whole number, or its text if it is none; None without it."""
    text = text_of(item, name)
    if "N" in item.get(name, {}) and re.fullmatch(r"-?[0-9]{1,130}", text):
        return int(text)
    return text if name in item else None


def texts_of(item: Item, name: str) -> tuple[str, ...]:
    """The texts in a list, each read as by `text_of`; a value that is no list is one text."""
    if "L" not in item.get(name, {}):
        return (text_of(item, name),) if name in item else ()
    return tuple(text_of({name: entry}, name) for entry in item[name]["L"])
