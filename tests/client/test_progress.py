"""The progress bar."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli.progress import transfers
from tests.client.conftest import Larder

MIB = 2**20


def test_there_is_none_where_nobody_would_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    with transfers(wanted=True) as shown, shown.of("a", 1) as transfer:
        assert (transfer.on_progress, transfer.on_step) == (None, None)
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


def test_json_shows_no_bar_even_on_a_terminal(larder: Larder, a_file: Callable[..., Path]) -> None:
    assert on_a_terminal("upload", a_file(5 * MIB), "--json") == ""
