"""The faults as they are found, in the order of their lines."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from larder.batch.report import Fault
from larder.batch.request_faults import MARK, column_of, shown


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A `custom_id` whose digest was there before."""

    line: int
    column: int
    custom_id: str


class Findings:
    """Counts all faults and keeps the first `most`, or all."""

    def __init__(self, most: int | None) -> None:
        """Has found nothing."""
        self.count = 0
        self._most = most
        self._kept: list[Fault | _Suspect] = []

    def add(self, fault: Fault) -> None:
        """One more."""
        self.count += 1
        if self._has_room():
            self._kept.append(fault)

    def blank_lines(self, first: int, end: int) -> None:
        """The lines from `first` to before `end` are blank; they may be millions."""
        for number in range(first, end):
            if not self._has_room():
                self.count += end - number
                return
            self.add(Fault(number, 1, "blank_line", "a blank line before the end"))

    def suspect(self, number: int, custom_id: str, line: bytes) -> None:
        """The line's `custom_id` has the digest of an earlier one."""
        self.count += 1
        if self._has_room():
            self._kept.append(_Suspect(number, column_of("custom_id", line), custom_id))

    def settle_duplicates(self, lines: Callable[[], Iterable[bytes]]) -> None:
        """Reads once more where the suspects' ids first stood: the same digest may be chance.

        Of 50 000 ids, two have it in one of ten thousand million batches.
        """
        wanted = {kept.custom_id for kept in self._kept if isinstance(kept, _Suspect)}
        if not wanted:
            return
        first: dict[str, int] = {}
        for number, line in enumerate(lines(), 1):
            custom_id = _id_in(line)
            if custom_id in wanted and first.setdefault(custom_id, number) == number:
                wanted.discard(custom_id)
                if not wanted:
                    break
        settled = [_settled(kept, first) for kept in self._kept]
        self.count -= settled.count(None)
        # Within a line they were not in order: duplicates came last.
        known = [fault for fault in settled if fault is not None]
        self._kept = [*sorted(known, key=lambda fault: (fault.line, fault.column))]

    def told(self) -> tuple[Fault, ...]:
        """What has been kept, once duplicates are settled."""
        return tuple(kept for kept in self._kept if isinstance(kept, Fault))

    def _has_room(self) -> bool:
        return self._most is None or len(self._kept) < self._most


def _settled(kept: Fault | _Suspect, first: dict[str, int]) -> Fault | None:
    if isinstance(kept, Fault):
        return kept
    at = first[kept.custom_id]
    if at == kept.line:
        return None
    message = f"custom_id {shown(kept.custom_id)} is that of line {at} already"
    return Fault(kept.line, kept.column, "duplicate_custom_id", message)


def _id_in(line: bytes) -> Any:
    """The `custom_id`, if it can have one at all; see `_Reading`, which read the line before."""
    try:
        custom_id = orjson.loads(line.removeprefix(MARK.encode()))["custom_id"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
    return custom_id if isinstance(custom_id, str) else None
