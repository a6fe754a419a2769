"""Time that moves when it is told to."""

import threading


class Clock:
    """What the gateway stamps on requests.

    It moves by itself only a millisecond a request, so that files lie in the order in which they
    were created, as they do when requests come one by one.
    """

    def __init__(self, start: float) -> None:
        self._milliseconds = int(start) * 1000
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return the time of one request, in seconds since 1970; the next comes later."""
        with self._lock:
            self._milliseconds += 1
            return (self._milliseconds - 1) / 1000

    @property
    def now(self) -> float:
        """The time of the next request."""
        return self._milliseconds / 1000

    def move(self, *, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._milliseconds += round(seconds * 1000)

    def set(self, moment: float) -> None:
        """Make the next request come at this moment exactly."""
        with self._lock:
            self._milliseconds = round(moment * 1000)
