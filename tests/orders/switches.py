"""The orders of some players' steps in which few switch from one who could go on to another.

Most faults of order need few switches: Musuvathi and Qadeer, "Iterative context bounding for
systematic testing of multithreaded programs" (https://doi.org/10.1145/1250734.1250785). Two
beginnings in which the same steps meet in the same order lead to the same state, so that only the
first of them is gone on with, unless a later one has more switches left.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.orders.touches import meet
from tests.orders.turns import Choose, Step

Clock = Mapping[str, int]
"""How many steps of each player come before something in every order that is the same."""

Beginning = frozenset[tuple[str, int, frozenset[tuple[str, int]]]]
"""Steps, each as the how-manieth of its player, with its clock."""


@dataclass
class _Way:
    """One way through: what was chosen so far, and what that made of it."""

    left: int
    steps: list[tuple[Step, Clock]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    beginning: Beginning = frozenset()

    def cost(self, name: str, steps: Mapping[str, Step]) -> int:
        """Return 1 if going on with this player is a switch."""
        last = self.steps[-1][0].who if self.steps else name
        return int(last != name and last in steps)

    def after(self, step: Step) -> tuple[Beginning, Clock]:
        """Return what this beginning is with another step, and that step's clock."""
        clock: dict[str, int] = {}
        for earlier, known in self.steps:
            if earlier.who == step.who or meet(earlier.touches, step.touches):
                clock = {who: max(clock.get(who, 0), known.get(who, 0)) for who in {*clock, *known}}
        clock[step.who] = self.done.get(step.who, 0) + 1
        return self.beginning | {(step.who, clock[step.who], frozenset(clock.items()))}, clock

    def go_on(self, step: Step, steps: Mapping[str, Step]) -> None:
        """Let somebody go on."""
        self.left -= self.cost(step.who, steps)
        self.beginning, clock = self.after(step)
        self.steps.append((step, clock))
        self.done[step.who] = clock[step.who]


class FewSwitches:
    """Explores the orders with at most so many switches; `given_up` are plays that were known."""

    def __init__(self, most: int) -> None:
        self.given_up = 0
        self._most = most
        self._waiting: list[list[str]] = [[]]
        self._known: dict[tuple[Beginning, str], int] = {}

    def orders(self, play: Callable[[Choose], object]) -> Iterator[list[Step]]:
        """Play again and again, and yield the steps of each play that was new."""
        while self._waiting:
            self._chosen = self._waiting.pop()
            self._way = _Way(self._most)
            if play(self._choose) is None:
                self.given_up += 1
            else:
                yield [step for step, _ in self._way.steps]

    def _choose(self, steps: Mapping[str, Step]) -> str | None:
        way, depth = self._way, len(self._way.steps)
        if depth < len(self._chosen):
            name = self._chosen[depth]
        else:
            new = [one for one in sorted(steps) if self._is_new(one, steps)]
            if not new:
                return None
            last = way.steps[-1][0].who if way.steps else ""
            name = last if last in new else new[0]
            so_far = [step.who for step, _ in way.steps]
            self._waiting += [[*so_far, other] for other in new if other != name]
        way.go_on(steps[name], steps)
        return name

    def _is_new(self, name: str, steps: Mapping[str, Step]) -> bool:
        """Tell whether going on with this player leads where none has been; it has been now."""
        left = self._way.left - self._way.cost(name, steps)
        beginning, _ = self._way.after(steps[name])
        if left < 0 or self._known.get((beginning, name), -1) >= left:
            return False
        self._known[beginning, name] = left
        return True
