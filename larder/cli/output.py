"""What commands print: JSON for scripts, aligned columns for people."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from larder.api.types import File
from larder.cli.terminal import print_line, say, shown
from larder.values import format_size

# The year 9999, less a day for the time zones.
_END_OF_CALENDAR = 253_402_214_400


def print_json(value: Any) -> None:
    """One JSON object on one line, in ASCII, whatever the terminal's encoding."""
    print_line(json.dumps(value), sys.stdout, flush=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two spaces apart."""
    lines = [[shown(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_files(files: Sequence[File]) -> None:
    """Files as a table."""
    rows = [
        (
            file["id"],
            format_size(file["bytes"]),
            file["purpose"],
            format_time(file["created_at"]),
            format_time(file["expires_at"]),
            file["filename"],
        )
        for file in files
    ]
    print_table(("ID", "SIZE", "PURPOSE", "CREATED", "EXPIRES", "FILENAME"), rows)


def format_time(timestamp: float) -> str:
    """A Unix time as local `2026-01-31 12:00`; the number itself where the calendar ends."""
    if not 0 <= timestamp < _END_OF_CALENDAR:
        return str(timestamp)
    return datetime.fromtimestamp(timestamp, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
