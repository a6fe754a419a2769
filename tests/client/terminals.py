"""A pseudo-terminal that `larder` runs on, and what is on its screen in the end."""

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.cells import cell_len

from tests.client.fakes.faults import wait_for

_LINES = 24
_CONTROL = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])")


class Terminal:
    """What was written to it, as it comes, and the process that writes."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._reader, self._end = pty.openpty()
        self.resize(columns)
        self.written = ""
        self._thread = threading.Thread(target=self._read)

    def start(self, *arguments: str | Path, piped: str = "") -> subprocess.Popen[bytes]:
        """Runs `larder` with its streams on the terminal, but for the one that is piped."""
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), self._end)
        if piped:
            streams[piped] = subprocess.PIPE
        line = [sys.executable, "-m", "larder.cli", *map(str, arguments)]
        self.process = subprocess.Popen(line, **streams)  # type: ignore[call-overload]
        os.close(self._end)
        self._thread.start()
        return self.process  # type: ignore[no-any-return]

    def resize(self, columns: int) -> None:
        size = struct.pack("HHHH", _LINES, columns, 0, 0)
        fcntl.ioctl(self._reader, termios.TIOCSWINSZ, size)
        self.columns = columns

    def wait_for(self, text: str) -> None:
        wait_for(lambda: text in self.plain())

    def plain(self) -> str:
        """What was written, without what a terminal obeys but for line ends."""
        return _CONTROL.sub("", self.written)

    def end(self, exit_code: int = 0) -> list[str]:
        """The screen's lines, once the process is through."""
        assert self.process.wait(60) == exit_code, self.written
        self._thread.join()
        return screen(self.written)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        if self._thread.is_alive():
            self.process.kill()
            self._thread.join()
        os.close(self._reader)

    def _read(self) -> None:
        pieces = b""
        try:
            while chunk := os.read(self._reader, 65536):
                pieces += chunk
                self.written = pieces.decode(errors="ignore")
        except OSError:  # how the end of a terminal is told
            pass


@contextmanager
def terminal(columns: int = 80) -> Iterator[Terminal]:
    opened = Terminal(columns)
    try:
        yield opened
    finally:
        opened.close()


class Paper(io.StringIO):
    """A terminal within this process, which keeps what is written to it."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What is on it now."""
        return screen(self.getvalue())


def on_a_terminal(*arguments: str | Path, columns: int = 80, exit_code: int = 0) -> list[str]:
    """The lines on the screen after `larder` with these arguments, colours left away."""
    with terminal(columns) as seen:
        seen.start(*arguments)
        return seen.end(exit_code)


def screen(written: str) -> list[str]:
    """The lines that are left, as a terminal shows them that is wide enough for each."""
    lines, row, column = [""], 0, 0
    place = 0
    while place < len(written):
        control = _CONTROL.match(written, place)
        if control is not None:
            count, what = control[1], control[2]
            if what == "A":
                row = max(row - int(count or 1), 0)
            elif what == "K":
                lines[row] = "" if count == "2" else lines[row][:column]
            else:
                assert what in "mhl", f"a control that this screen does not know: {control[0]!r}"
            place = control.end()
            continue
        character = written[place]
        if character == "\r":
            column = 0
        elif character == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        else:
            lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1 :]
            column += 1
        place += 1
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.rstrip() for line in lines]


def widest(lines: list[str]) -> int:
    """In cells."""
    return max(map(cell_len, lines), default=0)
