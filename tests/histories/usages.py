"""How an owner's usage may change: what is made and reserved takes of it, once, and gives back.

One transaction does what a request does to a file or upload and to the usage, so each request is
one step here too. What a usage is made of is kept by ids, so that it can be told what has expired:
that is not counted from its end on, to the second, by the request's time. Once TTL has removed it,
it counts again until the reaper has had the stream's record and written its marker.

A form that the front door sends to S3 in pieces holds bytes in between, as an upload of its own:
not more than the form is long. When it does is not searched for: an answer may have some of the
forms that were on their way in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.histories.operation import Operation
from tests.histories.uploads import LASTS_SECONDS


class Held(NamedTuple):
    """What one file or upload holds of the usage.

    Args:
        id: Whose it is.
        end: From when on it is not counted.
        stored: The bytes of a file.
        reserved: The bytes that an upload holds.
        size: The bytes of an upload's file.
        staged: The bytes of its parts that came through the API.
        lasts_until: Its end once it has parts.
        removed: Whether TTL has removed it and the reaper not given it back.
    """

    id: str
    end: int
    stored: int = 0
    reserved: int = 0
    size: int = 0
    staged: int = 0
    lasts_until: int = 0
    removed: bool = False

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.id} {self.used} bytes until {self.end}" + ", removed" * self.removed

    @property
    def used(self) -> int:
        """What it takes of the quota."""
        return self.stored + self.reserved

    @property
    def is_file(self) -> bool:
        """Whether it counts as a file."""
        return not self.size


Usage = frozenset[Held]


@dataclass(frozen=True)
class UsageRules:
    """One owner's usage under a quota, None where nobody was told of it.

    Args:
        quota: In bytes.
        tolerance: How far parts may go beyond it.
    """

    quota: int | None
    tolerance: int
    initial: Usage = frozenset()

    def after(self, state: Usage, operation: Operation) -> Iterator[Usage]:
        """See Specification."""
        held = next((one for one in state if one.id == operation.of), None)
        if operation.kind in ("usage", "refused"):
            if self._may_be_told(state, operation, held):
                yield state
        elif operation.kind in ("take", "reserve"):
            yield from self._take(state, operation)
        elif operation.kind == "stage":
            yield from self._stage(state, operation, held)
        elif held is not None:
            yield from _changed(state, operation, held)
        elif operation.kind in ("remove", "reap"):
            yield state

    def only_reads(self, operation: Operation) -> bool:
        """See Specification."""
        return operation.kind in ("usage", "refused")

    def _may_be_told(self, state: Usage, operation: Operation, held: Held | None) -> bool:
        if operation.kind == "refused":
            return self._may_refuse(state, operation, held)
        return any(_is_told(counted, operation) for counted in _counted(state, operation))

    def _take(self, state: Usage, operation: Operation) -> Iterator[Usage]:
        """Take what a new file or upload needs."""
        told = operation.told
        new = Held(operation.of, told["expires_at"], stored=told["bytes"])
        if operation.kind == "reserve":
            lasts_until = told["created_at"] + LASTS_SECONDS
            size = told["bytes"]
            new = Held(operation.of, told["expires_at"], 0, size, size, lasts_until=lasts_until)
        if self._has_room(state, new.used, 0, operation):
            yield state | {new}

    def _stage(self, state: Usage, operation: Operation, held: Held | None) -> Iterator[Usage]:
        """Reserve what a part needs in addition: the first, as many as all parts."""
        if held is None or held.is_file or held.end <= operation.earliest:
            return
        size = operation.asked["bytes"]
        more = _more_for(held, size)
        if self._has_room(state, more, self.tolerance if more else None, operation):
            grown = held._replace(
                reserved=held.reserved + more,
                staged=held.staged + size,
                end=held.lasts_until,
            )
            yield state - {held} | {grown}

    def _has_room(
        self, state: Usage, needed: int, tolerance: int | None, operation: Operation
    ) -> bool:
        if self.quota is None or tolerance is None:
            return True
        least = sum(one.used for one in state if one.removed or one.end > operation.latest)
        return least + needed <= self.quota + tolerance

    def _may_refuse(self, state: Usage, operation: Operation, held: Held | None) -> bool:
        """Tell whether there may have been no room; what others have outrun was expired, too."""
        if self.quota is None:
            return True
        needed, tolerance = int(operation.asked["bytes"]), 0
        if operation.asked["of"] == "stage":
            needed = 0 if held is None else _more_for(held, needed)
            tolerance = self.tolerance
        is_outrun = operation.asked["is_outrun"]
        most: int = sum(operation.asked["forms"]) + sum(
            one.used for one in state if one.removed or one.end > operation.earliest or is_outrun
        )
        return most + needed > self.quota + tolerance


def _changed(state: Usage, operation: Operation, held: Held) -> Iterator[Usage]:
    """Do what is done to what is there."""
    others = state - {held}
    is_there = not held.removed and held.end > operation.earliest
    if operation.kind in ("delete", "cancel"):
        if is_there:
            yield others
    elif operation.kind == "complete":
        if is_there:
            told = operation.told
            yield others | {Held(told["id"], told["expires_at"], stored=told["bytes"])}
    elif operation.kind == "prolong":
        if is_there:
            yield others | {held._replace(end=held.lasts_until)}
    elif operation.kind == "remove":
        yield others | {held._replace(removed=True)}
    elif operation.kind == "reap":  # of what TTL has removed; else it was given back before
        yield others if held.removed else state


def _more_for(held: Held, size: int) -> int:
    room = held.reserved - held.size
    if held.staged + size <= room:
        return 0
    return size if room else max(size, held.size)


def _counted(state: Usage, operation: Operation) -> Iterator[list[Held]]:
    """Yield what counts, for each moment that the request's time may have been."""
    ends = {one.end for one in state if operation.earliest < one.end <= operation.latest}
    for moment in (operation.earliest, *sorted(ends)):
        yield [one for one in state if one.removed or one.end > moment]


def _is_told(counted: list[Held], operation: Operation) -> bool:
    """Tell whether a usage is the sum of this, and perhaps of some forms."""
    told = operation.told
    uploads = [one for one in counted if not one.is_file]
    forms = told["uploads"] - len(uploads)
    by_forms = told["reserved_bytes"] - sum(one.reserved for one in uploads)
    return bool(
        told["files"] == len(counted) - len(uploads)
        and told["bytes"] == sum(one.stored for one in counted)
        and 0 <= forms <= len(operation.asked["forms"])
        and forms <= by_forms <= sum(operation.asked["forms"][:forms])
    )
