"""Limits how many requests run at once, by the memory of a task."""

from collections.abc import Iterator
from contextlib import contextmanager

from lambdas.core.errors import Busy


class Slots:
    """`most` places, each taken for the length of a request."""

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place; raises Busy when there is none."""
        if not self._free:
            raise Busy
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
