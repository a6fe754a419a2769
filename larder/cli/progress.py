"""How far transfers are, on standard error: counted here, drawn by `larder.cli.bars`."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from larder.cli.terminal import drawing, in_turn, is_drawn_on
from larder.transfer.progress import OnProgress, OnStep

# A short transfer is over before anybody could read a bar, and before one is worth loading.
_SECONDS_BEFORE_THE_FIRST = 0.3
_SECONDS_BETWEEN = 0.1

# So that a step can be read when bytes move at once.
_STEP_SECONDS = 2.0


@dataclass
class Transfer:
    """One file on its way; `on_progress` and `on_step` are None where nobody would see them."""

    name: str
    size: int
    on_progress: OnProgress | None = None
    on_step: OnStep | None = None
    done: int = 0
    step: str = ""
    _step_began: float = field(default=0.0, repr=False)

    def move(self, done: int, total: int) -> None:
        """Notes the bytes done, of a total."""
        self.done, self.size = done, total
        if self.step and time.monotonic() - self._step_began > _STEP_SECONDS:
            self.step = ""

    def begin(self, step: str) -> None:
        """Notes what is done now, until bytes move."""
        self.step, self._step_began = step, time.monotonic()


class Transfers:
    """Files on their way, several at once if need be; `total` bytes are None where not known."""

    def __init__(self, *, seen: bool, files: int = 1, total: int | None = None) -> None:
        """None is on its way yet."""
        self.files = files
        self.total = total
        self.files_done = 0
        self.bytes_done = 0
        self.running: list[Transfer] = []
        self._seen = seen
        self._lock = threading.Lock()

    @contextmanager
    def of(self, name: str, size: int) -> Iterator[Transfer]:
        """One file, while it is on its way; from any thread."""
        transfer = Transfer(name, size)
        if not self._seen:
            yield transfer
            return
        transfer.on_progress, transfer.on_step = transfer.move, transfer.begin
        with self._lock:
            self.running.append(transfer)
        try:
            yield transfer
        except BaseException:
            self._leave(transfer, moved=transfer.done, lost=size - transfer.done)
            raise
        self._leave(transfer, moved=size, lost=0)

    def _leave(self, transfer: Transfer, *, moved: int, lost: int) -> None:
        with self._lock:
            self.running = [other for other in self.running if other is not transfer]
            self.files_done += 1
            self.bytes_done += moved
            if self.total is not None:
                self.total -= lost


@contextmanager
def transfers(*, wanted: bool, files: int = 1, total: int | None = None) -> Iterator[Transfers]:
    """Shows transfers on standard error, if that is a terminal, from the first to the last."""
    terminal = sys.stderr
    seen = wanted and is_drawn_on(terminal)
    shown = Transfers(seen=seen, files=files, total=total)
    if not seen:
        yield shown
        return
    ended = threading.Event()
    artist = threading.Thread(target=_draw, args=(shown, terminal, ended), daemon=True)
    artist.start()
    try:
        yield shown
    finally:
        ended.set()
        artist.join()


def _draw(shown: Transfers, terminal: TextIO, ended: threading.Event) -> None:
    if ended.wait(_SECONDS_BEFORE_THE_FIRST):
        return
    from larder.cli.bars import Bars

    with Bars(shown, terminal) as bars, drawing(bars):
        while not ended.wait(_SECONDS_BETWEEN):
            with in_turn:
                bars.draw()
