"""The progress bar."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli.progress import progress_bar, progress_line
from tests.client.conftest import Larder

MIB = 2**20


def test_the_line_has_bytes_rate_and_time_left() -> None:
    line = progress_line("big.jsonl", 50 * MIB, 200 * MIB, 10 * MIB, 100)
    assert line == (
        "big.jsonl  [##########-------------------------------]  "
        "50.0 MiB of 200.0 MiB  10.0 MiB/s  0:15 left"
    )


@pytest.mark.parametrize("width", [1, 20, 40, 79, 200])
@pytest.mark.parametrize("done", [0, 1, 100 * MIB, 200 * MIB])
def test_the_line_fits_its_width(width: int, done: int) -> None:
    assert len(progress_line("big.jsonl", done, 200 * MIB, 1.0, width)) <= width


def test_an_empty_file_has_a_full_bar() -> None:
    assert "[####" in progress_line("a", 0, 0, 0.0, 79)


def test_hours_are_shown_when_there_are_some() -> None:
    assert "2:46:40 left" in progress_line("a", 0, 10_000, 1.0, 79)


def test_there_is_none_where_nobody_would_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    with progress_bar("a") as on_progress:
        assert on_progress is None
    assert output.getvalue() == ""


def on_a_terminal(*arguments: str | Path) -> str:
    """What `larder` writes to a terminal on its standard error."""
    reader, terminal = pty.openpty()
    line = [sys.executable, "-m", "larder.cli", *map(str, arguments)]
    subprocess.run(line, check=True, stderr=terminal, stdout=subprocess.DEVNULL, timeout=60)
    os.close(terminal)
    written = b""
    try:
        while chunk := os.read(reader, 65536):
            written += chunk
    except OSError:  # how the end of a terminal is told
        pass
    os.close(reader)
    return written.decode()


def test_a_terminal_shows_the_bar_and_then_a_clear_line(
    larder: Larder, a_file: Callable[..., Path]
) -> None:
    written = on_a_terminal("upload", a_file(5 * MIB))
    assert "5.0 MiB of 5.0 MiB" in written
    assert written.endswith("\r\x1b[K")


def test_json_shows_no_bar_even_on_a_terminal(larder: Larder, a_file: Callable[..., Path]) -> None:
    assert on_a_terminal("upload", a_file(5 * MIB), "--json") == ""
