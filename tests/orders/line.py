"""The line in which requests of one process of the front door wait, played in turn as calls are.

`lambdas.stores.catalog.together` has them join it, take their turn, and write for others too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from lambdas.stores.catalog import together
from tests.orders.touches import Touch
from tests.orders.turns import Turns

WAITING = frozenset({Touch("line", writes=True)})
TURN = "turn"


class _Waiting(list[Any]):
    """Those who wait; whoever joins stops first."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def append(self, one: Any) -> None:
        """Join the line."""
        self._turns.pause("joins", WAITING)
        super().append(one)


class _Turn:
    """A lock whose taker stops first, and is not chosen while another has it."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._free = True

    def __enter__(self) -> None:
        """Take it."""
        self._turns.take("takes", WAITING, TURN, lambda: self._free)
        assert self._free
        self._free = False

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._free = True
        self._turns.give_back()


@contextmanager
def lines_in_turn(turns: Turns) -> Iterator[None]:
    """Have every line be such a one."""
    line = together._Line

    def make() -> Any:
        return line(turn=_Turn(turns), waiting=_Waiting(turns))  # type: ignore[arg-type]

    with patch.object(together, "_Line", make):
        yield
