"""Groups an owner's writes that reserve room: those of one process share a transaction.

Each such write updates the owner's usage item, one transaction at a time, for some 20 ms. Writes
that come meanwhile wait in line, and then go together in one transaction. A function has one
request at a time and so no line; the front door has many.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakValueDictionary

from lambdas.core.errors import Busy, LarderError, Unavailable
from lambdas.core.quota import Allowance, Amount
from lambdas.stores.catalog.table import Step, Table
from lambdas.stores.catalog.usage import taken

# A transaction takes at most 100 writes; one of 25 items takes a third longer than one of 5.
MOST_TOGETHER = 25


class _NotTogether(LarderError):
    """One write of the group was refused, so nothing was done and each is tried alone."""


@dataclass(slots=True, eq=False)
class Taking:
    """A request's writes and the room that they take; `error` is the outcome, None for success."""

    owner: str
    steps: Sequence[Step]
    needed: Amount
    allowed: Allowance
    error: Exception | None = field(default_factory=Unavailable)


@dataclass(slots=True, weakref_slot=True)
class _Line:
    """The requests that wait to reserve one owner's room; `turn` is held by the one that writes."""

    turn: Lock = field(default_factory=Lock)
    waiting: list[Taking] = field(default_factory=list)


class Together:
    """The waiting lines of a process, one for each owner who has writes under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()

    def take(self, table: Table, own: Taking) -> None:
        """Write it, grouped with what waits in line; raises what it would raise alone."""
        with self._lock:
            line = self._lines.setdefault(own.owner, _Line())
        line.waiting.append(own)
        with line.turn:
            if own in line.waiting:
                others = [one for one in line.waiting if one is not own]
                alike = [one for one in others if one.allowed == own.allowed]
                group = [own, *alike[: MOST_TOGETHER - 1]]
                for one in group:
                    line.waiting.remove(one)
                error = _error_of(table, group)
                for one in group:
                    one.error = error
        if isinstance(own.error, _NotTogether):
            take(table, own)
        elif own.error is not None:
            raise own.error


def _error_of(table: Table, group: Sequence[Taking]) -> Exception | None:
    try:
        take(table, *group)
    except (Busy, Unavailable) as error:
        return error
    except Exception as error:  # noqa: BLE001 - raised in the request that it belongs to
        return error if len(group) == 1 else _NotTogether()
    return None


def take(table: Table, *group: Taking) -> None:
    """Write all of these, of one owner and with the same allowance, or none of them."""
    first = group[0]
    needed = sum((one.needed for one in group), Amount())
    steps = [step for one in group for step in one.steps]
    steps.append(taken(table, first.owner, needed, first.allowed))
    if len(group) > 1:
        # A refused write concerns one request only, so the others are tried alone.
        steps = [replace(step, refused=lambda _: _NotTogether()) for step in steps]
    table.transact(*steps)
