"""What commands print: JSON and whole columns for scripts; on a terminal, tables that fit it."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from larder.cli.terminal import is_colored, print_line, say, shown
from larder.values import format_size

if TYPE_CHECKING:
    import argparse

# The year 9999, less a day for the time zones.
_END_OF_CALENDAR = 253_402_214_400


class Column(NamedTuple):
    """A column's title, and what is in it, which decides how it is written.

    An `id` is always whole, a `name` may be shortened, and a `start` is only the start of a value;
    a `size` is in bytes; a `time` and an `expiry` are Unix times, None for no time and for never; a
    `status` is text, and a `word` is text or a list of texts.
    """

    title: str
    kind: Literal["id", "name", "size", "time", "expiry", "status", "start", "word"]
    key: str
    """The value's name in an object."""


FILE_COLUMNS = (
    Column("ID", "id", "id"),
    Column("SIZE", "size", "bytes"),
    Column("PURPOSE", "word", "purpose"),
    Column("CREATED", "time", "created_at"),
    Column("EXPIRES", "expiry", "expires_at"),
    Column("FILENAME", "name", "filename"),
)


def print_json(value: Any) -> None:
    """One JSON object on one line, in ASCII, whatever the terminal's encoding."""
    print_line(json.dumps(value), sys.stdout, flush=True)


def print_each(
    things: Iterable[Any],
    columns: Sequence[Column],
    arguments: "argparse.Namespace",
    *,
    wholly: bool = False,
) -> None:
    """Prints objects of the API as the arguments say: JSON, only their ids, or a table.

    With `wholly`, a terminal shows all fields of each object, one below the other.
    """
    if arguments.json:
        for thing in things:
            print_json(thing)
    elif arguments.quiet:
        for thing in things:
            say(thing["id"], flush=True)
    else:
        rows = [[thing[column.key] for column in columns] for thing in things]
        if wholly and is_fitted():
            from larder.cli.tables import print_records

            print_records(columns, rows)
        else:
            print_table(columns, rows)


def is_fitted() -> bool:
    """Whether the output is shortened to fit a terminal."""
    return sys.stdout.isatty()


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    """Prints a table: on a terminal what fits it, else columns as wide as their widest cell."""
    if is_fitted() or is_colored(sys.stdout):
        from larder.cli.tables import print_fitted

        print_fitted(columns, rows)
        return
    titles = [column.title for column in columns]
    lines = [titles] + [
        [shown(in_words(column, value)) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def in_words(column: Column, value: Any) -> str:
    """A cell as text for a script: whole, with times as dates."""
    if value is None:
        return "never" if column.kind == "expiry" else ""
    if column.kind == "start":
        return f"{value}…"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(str, value))
    if column.kind == "size":
        return format_size(value)
    return format_time(value) if column.kind in ("time", "expiry") else str(value)


def format_time(timestamp: float) -> str:
    """A Unix time as local `2026-01-31 12:00`; the number itself where the calendar ends."""
    if not 0 <= timestamp < _END_OF_CALENDAR:
        return str(timestamp)
    return datetime.fromtimestamp(timestamp, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
