"""Writes that take an owner's room, several in one transaction where a process has several.

All of an owner's writes meet on the usage item, which one transaction has at a time, for some
20 ms. So whoever comes meanwhile waits in line, and then all that wait go together. A function has
one request at a time and no line; the front door has many.
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
    """What one of them wrote was refused, so nothing was done and each goes alone."""


@dataclass(slots=True, eq=False)
class Taking:
    """What a request writes, and the room that it takes for it; `error` is what became of it."""

    owner: str
    steps: Sequence[Step]
    needed: Amount
    allowed: Allowance
    error: Exception | None = field(default_factory=Unavailable)


@dataclass(slots=True, weakref_slot=True)
class _Line:
    """Those who wait for one owner's room, and whose turn it is."""

    turn: Lock = field(default_factory=Lock)
    waiting: list[Taking] = field(default_factory=list)


class Together:
    """The lines of a process, one for each owner as long as somebody is in it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()

    def take(self, table: Table, mine: Taking) -> None:
        """Write it, with what else waits then; raises what it raises alone."""
        with self._lock:
            line = self._lines.setdefault(mine.owner, _Line())
        line.waiting.append(mine)
        with line.turn:
            if mine in line.waiting:
                others = [one for one in line.waiting if one is not mine]
                alike = [one for one in others if one.allowed == mine.allowed]
                group = [mine, *alike[: MOST_TOGETHER - 1]]
                for one in group:
                    line.waiting.remove(one)
                error = _error_of(table, group)
                for one in group:
                    one.error = error
        if isinstance(mine.error, _NotTogether):
            take(table, mine)
        elif mine.error is not None:
            raise mine.error


def _error_of(table: Table, group: Sequence[Taking]) -> Exception | None:
    try:
        take(table, *group)
    except (Busy, Unavailable) as error:
        return error
    except Exception as error:  # noqa: BLE001 - it is raised to whom it is for
        return error if len(group) == 1 else _NotTogether()
    return None


def take(table: Table, *group: Taking) -> None:
    """Write all that these take of one owner's room, equally allowed, or nothing of it."""
    first = group[0]
    needed = sum((one.needed for one in group), Amount())
    steps = [step for one in group for step in one.steps]
    steps.append(taken(table, first.owner, needed, first.allowed))
    if len(group) > 1:
        # What a refusal means to one is not what it means to the others.
        steps = [replace(step, refused=lambda _: _NotTogether()) for step in steps]
    table.transact(*steps)
