"""Whether what came of requests at once could have come of them one after another."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, permutations
from typing import Protocol

from tests.orders.outcome import Outcome
from tests.orders.stage import Stage
from tests.orders.turns import Choose, Step

Who = tuple[str, ...]


@dataclass
class Judge:
    """Judges plays on a stage; what comes of each serial order it finds out once."""

    stage: Stage
    _serial: dict[Who, Outcome] = field(default_factory=dict)
    _orders: dict[Who, list[Who]] = field(default_factory=dict)

    def serial(self, order: Who) -> Outcome:
        """Return what comes of these, one after another; who does several things comes again."""
        if order not in self._serial:
            who = tuple(dict.fromkeys(order))
            between = {name: self.stage.act_of(name).between for name in who}
            outcome = self.stage.play(who, _OneAfterAnother(order, between))
            assert outcome is not None
            self._serial[order] = outcome
        return self._serial[order]

    def replay(self, who: Who, order: Sequence[str]) -> tuple[Outcome, list[Step]]:
        """Play in this order, as far as it goes; return what comes of it, and its steps."""
        left, steps = iter(order), list[Step]()

        def follow(waiting: Mapping[str, Step]) -> str:
            name = next((name for name in left if name in waiting), next(iter(waiting)))
            steps.append(waiting[name])
            return name

        outcome = self.stage.play(who, follow)
        assert outcome is not None
        return outcome, steps

    def orders(self, who: Iterable[str]) -> list[Who]:
        """Return every order of what these do."""
        who = tuple(who)
        if who not in self._orders:
            self._orders[who] = self._orders_of(who)
        return self._orders[who]

    def _orders_of(self, who: Who) -> list[Who]:
        acts = {name: self.stage.act_of(name) for name in who}
        things = [name for name, act in acts.items() for _ in range(act.things)]
        found = {*permutations(things)}
        for other in {act.lets for act in acts.values() if act.lets} - acts.keys():
            found |= {*permutations(things + [other] * self.stage.act_of(other).things)}
        return sorted(found)

    def is_right(self, outcome: Outcome, steps: Sequence[Step]) -> bool:
        """Tell whether it is what comes of some order, once those who declined have tried again."""
        declined = any(answer.declines for answer in outcome.answers.values())
        order = [step.who for step in steps]
        if self._is_serial(outcome, order):
            return declined or self._has_seen_nothing_else(outcome)
        return declined and self._is_serial(self.stage.play_again(outcome, order), order)

    def _has_seen_nothing_else(self, outcome: Outcome) -> bool:
        """Tell whether all that somebody saw can be seen in some order."""
        return all(
            answer.seen
            <= {
                one
                for order in self.orders(outcome.answers)
                for one in self.serial(order).answers[name].seen
            }
            for name, answer in outcome.answers.items()
            if answer.seen
        )

    def _is_serial(self, outcome: Outcome, played: Sequence[str]) -> bool:
        """Tell whether it is what comes of some order, perhaps without those who declined.

        Orders whose outcomes are known are asked first, and then those most like the one played.
        """
        who = tuple(outcome.answers)
        declined = [name for name in who if outcome.answers[name].declines]
        subsets = chain.from_iterable(
            combinations(declined, count) for count in range(len(declined) + 1)
        )
        orders = [
            order
            for without in subsets
            for order in self.orders(name for name in who if name not in without)
        ]
        known = [order for order in orders if order in self._serial]
        if any(not outcome.differences(self._serial[order]) for order in known):
            return True
        others = [order for order in orders if order not in self._serial]
        others.sort(key=lambda order: _alike(order, played), reverse=True)
        return any(not outcome.differences(self.serial(order)) for order in others)

    def explanation(self, outcome: Outcome) -> Iterator[str]:
        """Say what is otherwise in each serial order."""
        for order in self.orders(outcome.answers):
            yield f"not {', then '.join(order)}:"
            yield from (f"    {line}" for line in outcome.differences(self.serial(order)))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how long a sequence is that both have, perhaps with others in between."""
    longest = [0] * (len(other) + 1)
    for name in one:
        diagonal = 0
        for at, another in enumerate(other, start=1):
            above = longest[at]
            longest[at] = diagonal + 1 if name == another else max(above, longest[at - 1])
            diagonal = above
    return longest[-1]


@dataclass
class _OneAfterAnother:
    """Chooses who goes on so that each does one thing whole before another begins."""

    order: Who
    between: Mapping[str, str]
    _at: int = 0
    _begun: bool = False

    def __call__(self, steps: Mapping[str, Step]) -> str:
        """Return whose turn it is."""
        while self._is_done(self.order[self._at], steps):
            self._at += 1
            self._begun = False
        self._begun = True
        return self.order[self._at]

    def _is_done(self, name: str, steps: Mapping[str, Step]) -> bool:
        return name not in steps or (self._begun and steps[name].what == self.between[name])


class Explores(Protocol):
    """Finds the orders to play."""

    def orders(self, play: Callable[[Choose], object]) -> Iterator[list[Step]]:
        """Play again and again, by choices, and yield the steps of each play that was new."""


@dataclass
class Explored:
    """How many orders were played, and what was wrong in each that was wrong."""

    orders: int = 0
    problems: list[str] = field(default_factory=list)


def explored(judge: Judge, who: Who, explorer: Explores, most: int) -> Explored:
    """Play the orders of some requests, until the stage had so many plays, and judge each."""
    found = Explored()
    outcomes: list[Outcome | None] = []

    def play(choose: Choose) -> Outcome | None:
        outcomes.append(judge.stage.play(who, choose))
        return outcomes[-1]

    for steps in explorer.orders(play):
        found.orders += 1
        outcome = outcomes[-1]
        if outcome is not None and not judge.is_right(outcome, steps):
            found.problems.append(_told(steps, judge.explanation(outcome)))
        if judge.stage.plays >= most:
            break
    return found


def _told(steps: Sequence[Step], explanation: Iterator[str]) -> str:
    return "\n".join(["", *(f"    {step}" for step in steps), *explanation])
