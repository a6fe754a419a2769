"""A progress bar on a terminal: bytes, rate and time left."""

import shutil
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from larder.cli.terminal import shown
from larder.transfer.progress import OnProgress
from larder.values import format_size

_SECONDS_BETWEEN_LINES = 0.1
_RATE_WINDOW_SECONDS = 5.0


@contextmanager
def progress_bar(name: str, *, wanted: bool = True) -> Iterator[OnProgress | None]:
    """What a transfer shall call: a bar on standard error, or None where nobody would see one."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar(name, sys.stderr)
    try:
        yield bar.show
    finally:
        bar.clear()


class _Bar:
    """One line, drawn over and over."""

    def __init__(self, name: str, terminal: TextIO) -> None:
        name = shown(name)
        self._name = name if len(name) <= 24 else f"{name[:23]}…"
        self._terminal = terminal
        self._samples: deque[tuple[float, int]] = deque()

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._samples and now - self._samples[-1][0] < _SECONDS_BETWEEN_LINES and done < total:
            return
        self._samples.append((now, done))
        while now - self._samples[0][0] > _RATE_WINDOW_SECONDS and len(self._samples) > 2:
            self._samples.popleft()
        width = shutil.get_terminal_size().columns - 1
        line = progress_line(self._name, done, total, self._rate(), width)
        self._terminal.write(f"\r{line}\x1b[K")
        self._terminal.flush()

    def clear(self) -> None:
        self._terminal.write("\r\x1b[K")
        self._terminal.flush()

    def _rate(self) -> float:
        (start, before), (now, done) = self._samples[0], self._samples[-1]
        return max(done - before, 0) / (now - start) if now > start else 0.0


def progress_line(name: str, done: int, total: int, rate: float, width: int) -> str:
    """The line for so many bytes of a total at so many bytes a second, at most `width` long."""
    figures = f"{format_size(done)} of {format_size(total)}  {format_size(rate)}/s"
    if rate > 0 and done < total:
        figures += f"  {_clock((total - done) / rate)} left"
    room = width - len(name) - len(figures) - 6
    if room < 5:
        return f"{name}  {figures}"[:width]
    filled = room * done // total if total else room
    return f"{name}  [{'#' * filled}{'-' * (room - filled)}]  {figures}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
