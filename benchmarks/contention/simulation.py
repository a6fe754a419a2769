"""Virtual time: what happens in order, and nothing waits."""

import heapq
from collections.abc import Generator
from itertools import count
from typing import Any

Process = Generator[float, None, Any]
"""What somebody does: it yields how many seconds to wait."""


class Simulation:
    """Runs processes side by side; those that wait for the same moment go on in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = count()
        self._waiting: list[tuple[float, int, Process]] = []

    def start(self, process: Process, at: float | None = None) -> None:
        """Begin a process, now or at a moment to come."""
        moment = self.now if at is None else at
        heapq.heappush(self._waiting, (moment, next(self._order), process))

    def run(self, until: float = float("inf")) -> None:
        """Go on until a moment, or until nobody waits any more."""
        waiting, order = self._waiting, self._order
        while waiting and waiting[0][0] <= until:
            self.now, _, process = heapq.heappop(waiting)
            for seconds in process:
                if seconds > 0:
                    heapq.heappush(waiting, (self.now + seconds, next(order), process))
                    break
