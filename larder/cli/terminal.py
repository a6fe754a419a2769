"""What people read, on standard output and standard error: the one place where text leaves.

Names and messages are others', and a terminal obeys some of their characters: these are shown as
escapes, and so is what the terminal's encoding does not have. Lines come out whole and in turn,
whichever thread prints them, above what is drawn at the end of the terminal.
"""

import io
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

# C0 with the line ends, DEL and C1; marks, embeddings and isolates that turn the direction of what
# follows; other line ends; and lone surrogates, which are no text.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

in_turn = threading.RLock()
"""Held by whoever writes to the terminal."""


class Drawn(Protocol):
    """Something that is drawn at the end of the terminal, over and over."""

    def hide(self) -> None:
        """Leaves the cursor where it began, on an empty line, until it is drawn again."""


_drawn: list[Drawn] = []

# Of the eight that every terminal has in a shade that its user can read.
_COLORS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}


def shown(text: str) -> str:
    r"""The text as one line that says what is in it: `\x1b` for the escape character."""
    return _OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str = "", *, flush: bool = False) -> None:
    """Prints a line on standard output."""
    print_line(shown(text), sys.stdout, flush=flush)


def complain(text: str) -> None:
    """Prints a line on standard error, in the command's name."""
    print_line(f"larder: {shown(text)}", sys.stderr)


def print_line(line: str, stream: TextIO, *, flush: bool = False) -> None:
    """Prints what is known to be harmless as one line, in turn."""
    with in_turn:
        is_below = _drawn and stream.isatty()
        if is_below:
            _drawn[-1].hide()
        print(line, file=stream, flush=flush or bool(is_below))


@contextmanager
def drawing(what: Drawn) -> Iterator[None]:
    """While it is drawn at the end of the terminal; gone at the end."""
    with in_turn:
        _drawn.append(what)
    try:
        yield
    finally:
        with in_turn:
            _drawn.remove(what)
            what.hide()


def is_drawn_on(stream: TextIO) -> bool:
    """Whether it is a terminal that lines can be drawn over on."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def is_colored(stream: TextIO) -> bool:
    """Whether colours are wanted there: https://no-color.org, https://force-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    return is_drawn_on(stream) or bool(os.environ.get("FORCE_COLOR"))


def paint(text: str, color: str, stream: TextIO) -> str:
    """The text in a colour, or `bold` or `dim`, where colours are wanted; in none for ""."""
    if not text or not color or not is_colored(stream):
        return text
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m"


def width_of(stream: TextIO) -> int:
    """The terminal's width in cells; COLUMNS, where it is set, and 80 where nobody knows."""
    try:
        actual = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal, or no file
        actual = 0
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else actual or 80


def print_what_can_be() -> None:
    """Has standard output escape what its encoding lacks, as standard error does by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
