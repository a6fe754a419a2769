"""How far a transfer is."""

import threading
from collections.abc import Callable

OnProgress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all; never by two threads at once."""


class Progress:
    """Counts the bytes of one transfer; safe to use from several threads at once."""

    def __init__(self, total: int, on_progress: OnProgress | None) -> None:
        """Starts at zero."""
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._on_progress = on_progress

    def advance(self, size: int) -> None:
        """Counts more bytes; fewer, when `size` is negative, for what must be sent again."""
        if self._on_progress is None or size == 0:
            return
        with self._lock:
            self._done += size
            self._on_progress(self._done, self._total)
