"""Finds the column of something in a line, only when it is to be reported."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

# The tokens that suffice to find an object's members in a text that is known to be JSON. Possessive
# repetitions: others would remember each escape, in many times the memory of the text.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}:,]', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


class Member(NamedTuple):
    """A member of the line's object: its name, and the columns of name and value."""

    name: str
    column: int
    value_column: int


def members(text: str) -> Iterator[Member]:
    """The members of the object that a line is, in their order, duplicates too."""
    depth = 0
    name: tuple[str, int] | None = None
    is_name = False
    for token in _TOKEN.finditer(text):
        start = token.start()
        match text[start]:
            case "{" | "[":
                depth += 1
                is_name = depth == 1
            case "}" | "]":
                depth -= 1
            case "," if depth == 1:
                is_name = True
            case '"' if is_name:
                name, is_name = (json.loads(token[0]), start + 1), False
            case ":" if depth == 1 and name:
                yield Member(*name, _after_space(text, start + 1) + 1)
                name = None


def column_of_first(text: str) -> int:
    """The column of the first character that is no white space."""
    return _after_space(text, 0) + 1


def _after_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start
