"""The orders of some players' steps in which few switch from one who could go on to another.

Most faults of order need few switches: Musuvathi and Qadeer, "Iterative context bounding for
systematic testing of multithreaded programs" (https://doi.org/10.1145/1250734.1250785). Two
beginnings in which the same steps meet in the same order lead to the same state, so that only the
first of them is gone on with, unless a later one has more switches left. What somebody does next
follows from the steps that came before their last, so that what is known of it need not be played.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.orders.touches import meet
from tests.orders.turns import Choose, Step

Clock = Mapping[str, int]
"""How many steps of each player come before something in every order that is the same."""

Past = frozenset[tuple[str, int, frozenset[tuple[str, int]]]]
"""Steps, each as the how-manieth of its player, with its clock."""


@dataclass
class _Way:
    """One way through: what was chosen so far, and what that made of it."""

    left: int
    steps: list[tuple[Step, Clock, Past]] = field(default_factory=list)
    pasts: dict[str, Past] = field(default_factory=dict)
    whole: Past = frozenset()

    def cost(self, name: str, steps: Mapping[str, Step]) -> int:
        """Return 1 if going on with this player is a switch."""
        last = self.steps[-1][0].who if self.steps else name
        return int(last != name and last in steps)

    def past_of(self, who: str) -> Past:
        """Return what came before a player's next step is known."""
        return self.pasts.get(who, frozenset())

    def after(self, step: Step) -> tuple[Clock, Past]:
        """Return what would come before what follows a step, and with what clock."""
        clock: dict[str, int] = {}
        past: Past = frozenset()
        done = 0
        for earlier, known, before in self.steps:
            done += earlier.who == step.who
            if earlier.who == step.who or meet(earlier.touches, step.touches):
                clock = {who: max(clock.get(who, 0), known.get(who, 0)) for who in {*clock, *known}}
                past |= before
        clock[step.who] = done + 1
        return clock, past | {(step.who, done + 1, frozenset(clock.items()))}

    def go_on(self, step: Step, steps: Mapping[str, Step]) -> None:
        """Let somebody go on."""
        self.left -= self.cost(step.who, steps)
        clock, past = self.after(step)
        self.steps.append((step, clock, past))
        self.pasts[step.who] = past
        self.whole |= past


class FewSwitches:
    """Explores the orders with at most so many switches; each is played once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[list[str]] = [[]]
        self._known: dict[tuple[Past, str], int] = {}
        self._next: dict[tuple[str, Past], Step | None] = {}
        self._players: list[str] = []

    def orders(self, play: Callable[[Choose], object]) -> Iterator[list[Step]]:
        """Play again and again, and yield the steps of each play that was new."""
        ends: set[Past] = set()
        while self._waiting:
            self._chosen = self._waiting.pop()
            self._way = _Way(self._most)
            leads_on = self._think_ahead()
            if leads_on and self._way.whole not in ends and self._played(play):
                ends.add(self._way.whole)
                yield [step for step, *_ in self._way.steps]

    def _think_ahead(self) -> bool:
        """Go on as far as it is known what comes; tell whether that leads anywhere."""
        while steps := self._foreseen():
            if self._choose(steps) is None:
                return False
        return True

    def _foreseen(self) -> dict[str, Step] | None:
        """Return who may go on, if that is known of all; nobody at the end."""
        places = [(who, self._way.past_of(who)) for who in self._players]
        if not all(place in self._next for place in places):
            return None
        waiting = [step for place in places if (step := self._next[place])]
        had = {step.has for step in waiting if step.has}
        return {step.who: step for step in waiting if step.takes not in had}

    def _played(self, play: Callable[[Choose], object]) -> bool:
        """Play what was thought ahead, and go on from there; tell whether it came to an end."""
        ahead = iter([step for step, *_ in self._way.steps])

        def choose(steps: Mapping[str, Step]) -> str | None:
            step = next(ahead, None)
            if step is None:
                self._learn(steps)
                return self._choose(steps)
            assert steps[step.who] == step, f"{steps[step.who]} instead of {step}"
            return step.who

        if play(choose) is None:
            return False
        for who in self._players:
            self._next.setdefault((who, self._way.past_of(who)), None)
        return True

    def _learn(self, steps: Mapping[str, Step]) -> None:
        self._players = self._players or list(steps)
        for who, step in steps.items():
            self._next[who, self._way.past_of(who)] = step

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
            so_far = [step.who for step, *_ in way.steps]
            self._waiting += [[*so_far, other] for other in new if other != name]
        way.go_on(steps[name], steps)
        return name

    def _is_new(self, name: str, steps: Mapping[str, Step]) -> bool:
        """Tell whether going on with this player leads where none has been; it has been now."""
        left = self._way.left - self._way.cost(name, steps)
        _, past = self._way.after(steps[name])
        place = (self._way.whole | past, name)
        if left < 0 or self._known.get(place, -1) >= left:
            return False
        self._known[place] = left
        return True
