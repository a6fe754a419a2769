"""Looks for an order of overlapping operations in which one after another gives the same answers.

The search is Wing and Gong's ("Testing and verifying concurrent objects", 1993): of the operations
that no other one precedes, take one that the specification lets come next, and go back when there
is none. Lowe's memory ("Testing for linearizability", 2017) makes it fast: the same operations
done with the same state is a place where it has been. Porcupine and Knossos do the same.

Two things are added. What may have been done never (`optional`) may be left out. And what only
reads is taken as soon as it fits, without trying it later: it changes nothing, and hinders nobody,
unless it began when something that may have been done was over.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from tests.histories.operation import NEVER, Operation

State = TypeVar("State", bound=Hashable)

MOST = 30_000
"""How many states a search may come to before it gives up."""


class Specification(Protocol[State]):
    """How one object may change."""

    @property
    def initial(self) -> State:
        """The state in which it begins."""

    def after(self, state: State, operation: Operation) -> Iterable[State]:
        """Return the states that an operation with its answer may lead to; none if it cannot be."""

    def only_reads(self, operation: Operation) -> bool:
        """Tell whether it changes nothing in any state."""


class _Place(NamedTuple):
    """How far a search is: what is done, as bits, and the state that has come of it."""

    done: int
    done_optional: int
    state: Hashable


@dataclass
class Search:
    """Searches one object's operations.

    Args:
        specification: How the object may change.
        operations: All that was done to it, in any order.
        initial: The states in which it may begin, if not in the specification's.
        most: How many places it may come to.

    Attributes:
        gave_up: Whether it came to more than that.
        longest: The longest order that it found, of all operations or not.
    """

    specification: Specification[Hashable]
    operations: Sequence[Operation]
    initial: Iterable[Hashable] | None = None
    most: int = MOST
    gave_up: bool = False
    longest: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort the operations; one that may be done never is found by nobody who waits for it."""
        self.operations = sorted(self.operations, key=lambda one: one.start)
        self._musts = [one for one in self.operations if not one.optional]
        self._mays = [one for one in self.operations if one.optional]
        self._ending = [(at, one) for at, one in enumerate(self._mays) if one.end != NEVER]
        self._reads = [self.specification.only_reads(one) for one in self._musts]

    def finds_an_order(self) -> bool:
        """Tell whether there is one; False also when it gave up."""
        return next(self.ends(), None) is not None

    def ends(self) -> Iterator[tuple[Hashable]]:
        """Yield each state that some order of all operations leads to, in a tuple of its own."""
        everything, seen, path = (1 << len(self._musts)) - 1, set[_Place](), list[Operation]()
        starts = [self.specification.initial] if self.initial is None else self.initial
        begun = iter([(None, _Place(0, 0, state)) for state in starts])
        stack: list[Iterator[tuple[Operation | None, _Place]]] = [begun]
        while stack:
            operation, place = next(stack[-1], (None, None))
            if place is None:
                stack.pop()
                del path[max(0, len(stack) - 2) :]
                continue
            if place in seen:
                continue
            if len(seen) >= self.most:
                self.gave_up = True
                return
            seen.add(place)
            if operation is not None:
                path.append(operation)
            if len(path) > len(self.longest):
                self.longest = [*path]
            if place.done == everything:
                yield (place.state,)
            stack.append(self._next(place))

    def _next(self, place: _Place) -> Iterator[tuple[Operation, _Place]]:
        """Yield where one may go from a place: what ends first first, what was maybe done last."""
        first, limit = self._candidates(place.done)
        for at in first:
            if self._reads[at] and not self._makes_too_late(place, self._musts[at].start):
                for found in self._doing(place, at):
                    yield found
                    return
        for at in sorted(first, key=lambda one: self._musts[one].end):
            yield from self._doing(place, at)
        yield from self._perhaps(place, limit)

    def _makes_too_late(self, place: _Place, start: float) -> bool:
        """Tell whether what may have been done can be done no more after what began then."""
        return any(
            one.end < start and not place.done_optional >> at & 1
            for at, one in self._ending
            if one.end >= self._latest_start(place)
        )

    def _doing(self, place: _Place, at: int) -> Iterator[tuple[Operation, _Place]]:
        operation = self._musts[at]
        for state in self.specification.after(place.state, operation):
            yield operation, _Place(place.done | 1 << at, place.done_optional, state)

    def _perhaps(self, place: _Place, limit: float) -> Iterator[tuple[Operation, _Place]]:
        """Yield where one goes by what may have been done never, and is not too early or late."""
        since = self._latest_start(place)
        for at, operation in enumerate(self._mays):
            if operation.start > limit:
                return
            if not place.done_optional >> at & 1 and operation.end >= since:
                for state in self.specification.after(place.state, operation):
                    if state != place.state:  # else it may as well be left out
                        done = place.done_optional | 1 << at
                        yield operation, _Place(place.done, done, state)

    def _candidates(self, done: int) -> tuple[list[int], float]:
        """Return what is not done and preceded by nothing that is not, and until when it starts."""
        limit, found = NEVER, []
        at = (~done & (done + 1)).bit_length() - 1  # the first that is not done
        while at < len(self._musts) and self._musts[at].start <= limit:
            if not done >> at & 1:
                limit = min(limit, self._musts[at].end)
                found.append(at)
            at += 1
        return [at for at in found if self._musts[at].start <= limit], limit

    def _latest_start(self, place: _Place) -> float:
        """Return the latest start of what is done: what ended before that is too late by now."""
        last = [self._musts[place.done.bit_length() - 1].start] if place.done else []
        if place.done_optional:
            last.append(self._mays[place.done_optional.bit_length() - 1].start)
        return max(last, default=-NEVER)


def judged(search: Search) -> bool | None:
    """Tell whether there is an order, None when the search gave up."""
    if search.finds_an_order():
        return True
    return None if search.gave_up else False
