"""Every order of some players' steps, but for those that only exchange steps that do not meet.

The search is source-DPOR with sleep sets, of Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic
partial order reduction" (https://doi.org/10.1145/2535838.2535845), by playing again from the
beginning: of all orders in which the same steps meet in the same order it plays one. After each
play it looks for races, two steps of different players that meet with nothing between them that
orders them, and notes that the second may come first; or, where the first has a place that the
second takes, that the second may come before the first took it. A player who was tried at a point
sleeps in what is tried there afterwards, until a step comes that meets theirs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.orders.touches import meet
from tests.orders.turns import Choose, Step


@dataclass
class _Node:
    """A point of the play: who may go on, who need not be tried, and who has to be."""

    steps: Mapping[str, Step]
    asleep: dict[str, Step]
    chosen: str
    wanted: set[str] = field(default_factory=set)

    @property
    def step(self) -> Step:
        """What is done here."""
        return self.steps[self.chosen]

    def go_elsewhere(self) -> bool:
        """Let whoever was tried sleep, and choose another, if somebody has to be tried."""
        self.asleep[self.chosen] = self.step
        left = sorted(self.wanted - self.asleep.keys())
        if left:
            self.chosen = left[0]
        return bool(left)


Play = Callable[[Choose], object]
"""Plays once from the beginning, by these choices."""


class Explorer:
    """Explores all orders."""

    def __init__(self) -> None:
        self._path: list[_Node] = []
        self._depth = 0

    def orders(self, play: Play) -> Iterator[list[Step]]:
        """Play again and again, and yield the steps of each play that was new."""
        more = True
        while more:
            self._depth = 0
            played = play(self._choose)
            _note_races(self._path)
            if played is not None:  # given up, it turned out to be known
                yield [node.step for node in self._path]
            while self._path and not self._path[-1].go_elsewhere():
                self._path.pop()
            more = bool(self._path)

    def _choose(self, steps: Mapping[str, Step]) -> str | None:
        if self._depth == len(self._path):
            asleep = self._still_asleep()
            awake = [name for name in steps if name not in asleep]
            if not awake:
                return None
            last = self._path[-1].chosen if self._path else ""
            chosen = last if last in awake else awake[0]
            self._path.append(_Node(dict(steps), asleep, chosen, {chosen}))
        node = self._path[self._depth]
        self._depth += 1
        assert steps.keys() == node.steps.keys(), "the same choices led elsewhere"
        assert steps[node.chosen] == node.step, f"{steps[node.chosen]} instead of {node.step}"
        return node.chosen

    def _still_asleep(self) -> dict[str, Step]:
        if not self._path:
            return {}
        before = self._path[-1]
        return {
            name: step
            for name, step in before.asleep.items()
            if name != before.chosen and not meet(step.touches, before.step.touches)
        }


def _note_races(path: Sequence[_Node]) -> None:
    """Have each race of a play tried the other way round."""
    steps = [node.step for node in path]
    before = _orderings(steps)
    for second in range(len(steps)):
        for first in range(second):
            if _race(steps, before, first, second):
                _want(path, before, _taking(steps, first, steps[second].takes), second)


def _orderings(steps: Sequence[Step]) -> list[set[int]]:
    """Return for each step those that come before it in every order that is the same."""
    before: list[set[int]] = []
    for number, step in enumerate(steps):
        known: set[int] = set()
        for earlier in range(number - 1, -1, -1):
            if earlier not in known and _ordered(steps[earlier], step):
                known |= {earlier, *before[earlier]}
        before.append(known)
    return before


def _ordered(one: Step, other: Step) -> bool:
    return one.who == other.who or meet(one.touches, other.touches)


def _race(steps: Sequence[Step], before: Sequence[set[int]], first: int, second: int) -> bool:
    if steps[first].who == steps[second].who or first not in before[second]:
        return False
    return not any(first in before[between] for between in before[second])


def _taking(steps: Sequence[Step], at: int, place: str) -> int:
    """Return where a place was taken that somebody has at a step, or else the step itself."""
    who = steps[at].who
    while place and steps[at].has == place:
        at = max(number for number in range(at) if steps[number].who == who)
    return at


def _want(path: Sequence[_Node], before: Sequence[set[int]], first: int, second: int) -> None:
    """Have somebody go on at the first step who can lead to the second without it."""
    free = [number for number in range(first + 1, second) if first not in before[number]]
    beginners: dict[str, int] = {}
    for number in [*free, second]:
        who = path[number].chosen
        if who not in beginners and not before[number] & {*free}:
            beginners[who] = number
    if not path[first].wanted & beginners.keys():
        own = path[second].chosen
        path[first].wanted.add(own if own in beginners else min(beginners))
