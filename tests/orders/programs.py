"""What searches are tried on: players who read and write places, some while they have a place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from tests.orders.touches import Touch, meet
from tests.orders.turns import Choose, Step

Program = Mapping[str, Sequence[tuple[str, str]]]
"""What each player does: reads or writes of places, as `("write", "x")`, or `("take", "turn")`.

Whoever takes a turn has it for one step more.
"""

Trace = frozenset[tuple[str, str]]
"""Which step comes before which, of those whose order may matter; each is named by its player."""


class Play:
    """One play of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._done = dict.fromkeys(program, 0)
        self._has = dict.fromkeys(program, "")
        self.steps: list[Step] = []

    def waiting(self) -> dict[str, Step]:
        """Return who may go on, and with what."""
        steps = (self._next(who) for who in self._program if self._is_left(who))
        return {
            step.who: step
            for step in steps
            if not step.takes or step.takes not in self._has.values()
        }

    def go_on(self, step: Step) -> None:
        """Let somebody go on."""
        self.steps.append(step)
        self._done[step.who] += 1
        self._has[step.who] = step.takes if self._is_left(step.who) else ""

    def _is_left(self, who: str) -> bool:
        return self._done[who] < len(self._program[who])

    def _next(self, who: str) -> Step:
        number = self._done[who]
        what, place = self._program[who][number]
        has = self._has[who]
        touches = {Touch(place, writes=what != "read")} | (
            {Touch(has, writes=True)} if has else set()
        )
        takes = place if what == "take" else ""
        return Step(who, f"{what} {number}", frozenset(touches), takes=takes, has=has)


def playing(program: Program) -> Callable[[Choose], list[Step] | None]:
    """Return how a program is played: step by step, as is chosen."""

    def play(choose: Choose) -> list[Step] | None:
        one = Play(program)
        while waiting := one.waiting():
            chosen = choose(waiting)
            if chosen is None:
                return None
            one.go_on(waiting[chosen])
        return one.steps

    return play


def every_order_of(program: Program, chosen: tuple[str, ...] = ()) -> Iterator[list[Step]]:
    """Yield the steps in each order, found by trying every choice."""
    one = Play(program)
    for who in chosen:
        one.go_on(one.waiting()[who])
    waiting = one.waiting()
    if not waiting:
        yield one.steps
    for who in waiting:
        yield from every_order_of(program, (*chosen, who))


def switches_in(program: Program, steps: Sequence[Step]) -> int:
    """Return how often another went on than who could."""
    one, count = Play(program), 0
    for here, there in pairwise(steps):
        one.go_on(here)
        count += here.who != there.who and here.who in one.waiting()
    return count


def trace_of(steps: Sequence[Step]) -> Trace:
    """Return what two orders have in common that are the same."""
    return frozenset(
        (f"{first.who} {first.what}", f"{second.who} {second.what}")
        for number, second in enumerate(steps)
        for first in steps[:number]
        if first.who == second.who or meet(first.touches, second.touches)
    )
