"""Tables, records and a bar for a terminal, in its width and colours.

Lines are put together here: rich's own tables take a millisecond or two for each row.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from larder.cli.fitted import shorten
from larder.cli.output import Column, in_words, is_fitted
from larder.cli.terminal import paint, print_line, shown, width_of

# What a narrow terminal has no room for, first what is missed least.
_GIVEN_UP = ("time", "start", "word", "size", "status", "expiry", "name")

# Below this a name costs another column; beside an id alone, a few of its letters will do.
_LEAST_NAME = 12
_LEAST_OF_ALL = 4
_GAP = "  "
_SOON_SECONDS = 86400
_BAR_WIDTH = 40


def print_fitted(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    """As much of a table as the terminal has room for; all of it where only colours are wanted."""
    fits = is_fitted()
    now = time.time()
    table = [
        [_words(column, value, now if fits else None) for column, value in _cells(columns, row)]
        for row in rows
    ]
    widths = [
        max([cell_len(column.title), *(cell_len(row[place]) for row in table)])
        for place, column in enumerate(columns)
    ]
    available_width = width_of(sys.stdout) if fits else sum(widths) + len(_GAP) * len(widths)
    kept, widths = _fit(columns, widths, available_width)
    titles = [column.title for column in columns]
    print_line(_line(columns, titles, widths, kept, ["bold"] * len(columns)), sys.stdout)
    for row, values in zip(table, rows, strict=True):
        colors = [_color(column, value, now) for column, value in _cells(columns, values)]
        print_line(_line(columns, row, widths, kept, colors), sys.stdout)


def print_records(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    """Everything of each, a line for each value, an empty line between two."""
    now = time.time()
    width = max(len(column.title) for column in columns)
    for number, row in enumerate(rows):
        if number:
            print_line("", sys.stdout)
        for column, value in _cells(columns, row):
            words = shown(in_words(column, value))
            if column.kind == "expiry" and isinstance(value, int | float):
                words += f" ({until(value, now)})"
            title = paint(column.title.lower().ljust(width), "dim", sys.stdout)
            words = paint(words, _color(column, value, now), sys.stdout)
            print_line(title + _GAP + words, sys.stdout)


def print_share(part: int, whole: int) -> None:
    """A bar as long as the part of the whole, and its percentage."""
    share = min(part / whole, 1.0) if whole > 0 else 1.0
    words = f"{_GAP}{100 * share:.0f} %"
    width = max(min(_BAR_WIDTH, width_of(sys.stdout) - len(words) - 1), 1)
    filled = round(width * share)
    color = "green" if share < 0.8 else "yellow" if share < 0.95 else "red"
    bar = paint("━" * filled, color, sys.stdout) + paint("╌" * (width - filled), "dim", sys.stdout)
    print_line(bar + words, sys.stdout)


def until(timestamp: float, now: float) -> str:
    """How long it is until then, in its largest unit, rounded: `in 7 days`."""
    left = timestamp - now
    if left <= 0:
        return "expired"
    for unit, seconds in ((" days", 86400), (" h", 3600), (" min", 60)):
        count = round(left / seconds)
        if count >= (2 if unit == " days" else 1):
            return f"in {count}{unit}"
    return "in 1 min"


def _cells(columns: Sequence[Column], row: Sequence[Any]) -> list[tuple[Column, Any]]:
    return list(zip(columns, row, strict=True))


def _words(column: Column, value: Any, now: float | None) -> str:
    if now is not None and column.kind == "expiry" and isinstance(value, int | float):
        return until(value, now)
    return shown(in_words(column, value))


def _color(column: Column, value: Any, now: float) -> str:
    if column.kind == "expiry" and isinstance(value, int | float):
        return "red" if value <= now else "yellow" if value - now < _SOON_SECONDS else ""
    if column.kind == "status":
        return {"expired": "red", "failed": "red", "cancelled": "dim"}.get(value, "")
    return ""


def _fit(
    columns: Sequence[Column], widths: Sequence[int], available_width: int
) -> tuple[list[int], list[int]]:
    """Which columns there is room for, and how wide each is; ids are, whether there is or not."""
    widths = list(widths)
    kept = list(range(len(columns)))
    for kind in (None, *_GIVEN_UP):
        kept = [place for place in kept if columns[place].kind != kind]
        names = [place for place in kept if columns[place].kind == "name"]
        others = [place for place in kept if place not in names]
        least = _LEAST_OF_ALL if len(others) == 1 else _LEAST_NAME
        rest = (
            available_width - sum(widths[place] for place in others) - len(_GAP) * (len(kept) - 1)
        )
        if rest >= sum(min(widths[place], least) for place in names):
            for count, place in enumerate(names):
                widths[place] = min(widths[place], rest - least * (len(names) - 1 - count))
                rest -= widths[place]
            break
    return kept, widths


def _line(
    columns: Sequence[Column],
    cells: Sequence[str],
    widths: Sequence[int],
    kept: Sequence[int],
    colors: Sequence[str],
) -> str:
    parts = []
    for place in kept:
        words, width = shorten(cells[place], widths[place]), widths[place]
        space = " " * (width - cell_len(words))
        painted = paint(words, colors[place], sys.stdout)
        parts.append(space + painted if columns[place].kind == "size" else painted + space)
    return _GAP.join(parts).rstrip()
