"""The faults as they are found, in the order of their places."""

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from larder.batch.report import Fault
from larder.batch.request_faults import MARK, column_of, shown
from larder.errors import DamagedError


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A `custom_id` whose digest was there before."""

    line: int
    column: int
    custom_id: str


class Findings:
    """Counts all faults and keeps those of the first `most` places, or all."""

    def __init__(self, most: int | None) -> None:
        """Has found nothing."""
        self.count = 0
        self._most = most
        self._kept: list[Fault | _Suspect] = []

    def would_report(self, line: int) -> bool:
        """Whether a fault of this line may be told; what it says is else not worth to be known."""
        kept = self._kept
        return self._most is None or len(kept) < self._most or line <= kept[-1].line

    def add(self, fault: Fault) -> None:
        """One more."""
        self.count += 1
        self._keep(fault)

    def add_unreported(self, count: int) -> None:
        """So many more on a line of which nothing would be told."""
        self.count += count

    def blank_lines(self, first: int, end: int) -> None:
        """The lines from `first` to before `end` are blank; they may be millions."""
        for number in range(first, end):
            if not self.would_report(number):
                self.count += end - number
                return
            self.add(Fault(number, 1, "blank_line", "a blank line before the end"))

    def suspect(self, number: int, custom_id: str, line: bytes) -> None:
        """The line's `custom_id` has the digest of an earlier one."""
        self.count += 1
        if self.would_report(number):
            self._keep(_Suspect(number, column_of("custom_id", line), custom_id))

    def settle_duplicates(self, lines: Callable[[], Iterable[bytes]]) -> None:
        """Reads once more where the suspects' ids first stood: the same digest may be chance.

        Of 50 000 ids, two have it in one of ten thousand million batches. Raises DamagedError when
        an id is not there any more.
        """
        wanted = {kept.custom_id for kept in self._kept if isinstance(kept, _Suspect)}
        if not wanted:
            return
        first: dict[str, int] = {}
        for number, line in enumerate(lines(), 1):
            custom_id = None if line.isspace() else _id_in(line)
            if custom_id in wanted:
                first[custom_id] = number
                wanted.discard(custom_id)
                if not wanted:
                    break
        settled = [_settled(kept, first) for kept in self._kept]
        self.count -= settled.count(None)
        self._kept = [fault for fault in settled if fault is not None]

    def reported(self) -> tuple[Fault, ...]:
        """What has been kept, once duplicates are settled."""
        return tuple(kept for kept in self._kept if isinstance(kept, Fault))

    def _keep(self, found: Fault | _Suspect) -> None:
        """Puts it in its place; almost every one comes last, but some are known only later."""
        if self.would_report(found.line):
            insort(self._kept, found, key=lambda kept: (kept.line, kept.column))
            if self._most is not None:
                del self._kept[self._most :]


def _settled(kept: Fault | _Suspect, first: dict[str, int]) -> Fault | None:
    if isinstance(kept, Fault):
        return kept
    at = first.get(kept.custom_id)
    if at is None or at > kept.line:
        raise DamagedError("the file changed while it was being read")
    if at == kept.line:
        return None
    message = f"custom_id {shown(kept.custom_id)} is that of line {at} already"
    return Fault(kept.line, kept.column, "duplicate_custom_id", message)


def _id_in(line: bytes) -> Any:
    """The `custom_id`, if it can have one at all; see `Look`, which read the line before."""
    try:
        custom_id = orjson.loads(line.removeprefix(MARK.encode()))["custom_id"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
    return custom_id if isinstance(custom_id, str) else None
