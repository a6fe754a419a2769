"""How far transfers are, on standard error: counted here, drawn by `larder.cli.bars`."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Protocol, TextIO

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

    def __init__(self, *, visible: bool, files: int = 1, total: int | None = None) -> None:
        """None is on its way yet."""
        self.files = files
        self.total = total
        self.files_done = 0
        self.bytes_done = 0
        self.running: list[Transfer] = []
        self._visible = visible
        self._lock = threading.Lock()

    @contextmanager
    def transfer(self, name: str, size: int) -> Iterator[Transfer]:
        """One file, while it is on its way; from any thread."""
        transfer = Transfer(name, size)
        if not self._visible:
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


@dataclass
class Passes:
    """How far a run over the catalog is: what it looks at now, and at how many of about how many.

    A total of 0 is not known.
    """

    doing: str
    what: str = ""
    count: int = 0
    total: int = 0

    def show(self, what: str, count: int, total: int) -> None:
        """Notes how far a pass is."""
        self.what, self.count, self.total = what, count, total


class Bars(Protocol):
    """What is drawn again and again until it is closed."""

    def draw(self) -> None:
        """Draws how far it is now."""

    def hide(self) -> None:
        """Takes it away until it is drawn again."""

    def close(self) -> None:
        """Takes it away."""


@contextmanager
def transfers(*, wanted: bool, files: int = 1, total: int | None = None) -> Iterator[Transfers]:
    """Shows transfers on standard error, if that is a terminal, from the first to the last."""
    visible = wanted and is_drawn_on(sys.stderr)
    shown = Transfers(visible=visible, files=files, total=total)

    def bars(terminal: TextIO) -> Bars:
        from larder.cli.bars import TransferBars

        return TransferBars(shown, terminal)

    with _drawn(bars) if visible else nullcontext():
        yield shown


@contextmanager
def passes(doing: str) -> Iterator[Passes]:
    """Shows a run over the catalog on standard error, if that is a terminal."""
    shown = Passes(doing)

    def bars(terminal: TextIO) -> Bars:
        from larder.cli.bars import PassBar

        return PassBar(shown, terminal)

    with _drawn(bars) if is_drawn_on(sys.stderr) else nullcontext():
        yield shown


@contextmanager
def _drawn(load: Callable[[TextIO], Bars]) -> Iterator[None]:
    ended = threading.Event()
    artist = threading.Thread(target=_draw, args=(load, sys.stderr, ended), daemon=True)
    artist.start()
    try:
        yield
    finally:
        ended.set()
        artist.join()


def _draw(load: Callable[[TextIO], Bars], terminal: TextIO, ended: threading.Event) -> None:
    if ended.wait(_SECONDS_BEFORE_THE_FIRST):
        return
    # A terminal that was closed meanwhile ends the drawing, not the transfer.
    with suppress(OSError), closing(load(terminal)) as bars, drawing(bars):
        while not ended.wait(_SECONDS_BETWEEN):
            with in_turn:
                bars.draw()
