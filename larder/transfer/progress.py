"""How far a transfer is."""

import threading
from collections.abc import Callable

OnProgress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all; never by two threads at once."""

OnStep = Callable[[str], object]
"""Called with the present step, such as `joining`, until bytes move; like OnProgress."""


class Progress:
    """Counts the bytes of one transfer; safe to use from several threads at once."""

    def __init__(
        self, total: int, on_progress: OnProgress | None, on_step: OnStep | None = None
    ) -> None:
        """Starts at zero."""
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._on_progress = on_progress
        self._on_step = on_step

    def advance(self, size: int) -> None:
        """Counts more bytes; a negative `size` is for what must be sent again."""
        if self._on_progress is None or size == 0:
            return
        with self._lock:
            self._done += size
            self._on_progress(self._done, self._total)

    def step(self, what: str) -> None:
        """Reports a step in which no bytes move."""
        if self._on_step is not None:
            with self._lock:
                self._on_step(what)

    def continue_at(self, size: int) -> None:
        """Reports the bytes that an earlier run transferred, if any."""
        if size:
            self.step(f"continuing at {100 * size // self._total} %")
