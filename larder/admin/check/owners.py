"""Compares the sum of each owner's items with the owner's usage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage, Finding, Mended
from larder.admin.check.items import COUNTERS, Entry, Numbers
from larder.admin.check.names import USAGE

READINGS = 5

NO_USAGE: Mapping[str, Any] = dict.fromkeys(COUNTERS)


@dataclass(slots=True)
class Totals:
    """What one owner has, by the catalog's items and by the bucket's objects.

    `expected` are the files whose object must be there, `counters` the usage as DynamoDB has it.
    """

    used: int = 0
    reserved: int = 0
    files: int = 0
    uploads: int = 0
    usage: Numbers = (0, 0, 0, 0)
    counters: Mapping[str, Any] = field(default_factory=lambda: NO_USAGE)
    is_readable: bool = True
    is_countable: bool = True
    expected: int = 0
    objects: int = 0

    def add(self, entry: Entry) -> None:
        """Count an item."""
        if entry.id == USAGE:
            self.usage, self.counters = entry.totals, entry.counters
            self.is_readable = entry.has_readable_usage
        elif (entry.is_file or entry.is_upload) and not entry.is_countable:
            self.is_countable = False
        elif entry.is_file:
            self.used += entry.bytes
            self.files += 1
        elif entry.is_pending:
            self.used += entry.bytes
            self.reserved += entry.bytes
            self.uploads += 1

    @property
    def is_consistent(self) -> bool:
        """Whether the usage equals the sum, or the sum cannot be known."""
        return not self.is_countable or (self.is_readable and self.sums == self.usage)

    @property
    def sums(self) -> Numbers:
        """What the usage should be."""
        return self.used, self.reserved, self.files, self.uploads


@dataclass(frozen=True, slots=True)
class Reading:
    """The sum of an owner's items, while the usage did not change."""

    totals: Totals

    @property
    def surplus(self) -> object:
        """By how much each number of the usage is too high, or the raw numbers if unreadable."""
        if not self.totals.is_readable:
            return self.totals.counters, self.totals.sums
        numbers = zip(self.totals.usage, self.totals.sums, strict=True)
        return tuple(has - should for has, should in numbers)

    def finding(self, owner: str) -> Finding:
        """Describe what is wrong."""
        totals = self.totals
        rows = zip(("used", "reserved", "files", "uploads"), totals.usage, totals.sums, strict=True)
        if totals.is_readable:
            detail = [f"{name} {has} instead of {sum_}" for name, has, sum_ in rows if has != sum_]
            return Finding(Damage.WRONG_USAGE, owner, USAGE, ", ".join(detail))
        detail = [f"{name} should be {sum_}" for name, _, sum_ in rows]
        return Finding(Damage.UNREADABLE_USAGE, owner, USAGE, ", ".join(detail))


@dataclass(slots=True)
class Usages:
    """Finds usages that differ from their sums, while traffic runs.

    `unsettled` are the owners whose usage kept changing, so that it could not be compared. Nor
    can the usage of those with an item whose bytes cannot be read, which is a finding of its own.
    """

    catalog: Catalog
    mended: Mended
    unsettled: list[str]
    _differing: dict[str, Reading] = field(default_factory=dict)

    def suspect(self, owner: str) -> None:
        """Remember an owner whose usage differs from the sum at first."""
        reading = self._reading(owner)
        if reading is None:
            self.unsettled.append(owner)
        elif not reading.totals.is_consistent:
            self._differing[owner] = reading

    def __bool__(self) -> bool:
        """Whether there are owners to check again."""
        return bool(self._differing)

    def findings(self, settled_at: float) -> Iterator[Finding]:
        """Check again after a while: a difference that stays is no removal under way.

        `settled_at` is a time between the two checks, by DynamoDB's clock.
        """
        for owner, first in self._differing.items():
            reading = self._reading(owner)
            if reading is None:
                self.unsettled.append(owner)
            elif reading.surplus == first.surplus and not reading.totals.is_consistent:
                found = self.mended(
                    reading.finding(owner), partial(self._settle, owner, reading, settled_at)
                )
                if found.repaired or not self._is_right(owner):
                    yield found

    def _is_right(self, owner: str) -> bool:
        """Tell whether the last bytes have been given back by now, so that nothing is wrong."""
        reading = self._reading(owner)
        return reading is not None and reading.totals.is_consistent

    def _settle(self, owner: str, found: Reading, settled_at: float) -> bool:
        """Set a usage to its sum, unless the difference has changed."""
        reading: Reading | None = found
        for _ in range(READINGS):
            if reading is None or reading.surplus != found.surplus:
                return False
            totals = reading.totals
            if self.catalog.repairs.set_usage(owner, totals.counters, totals.sums, settled_at):
                return True
            reading = self._reading(owner)
        return False

    def _reading(self, owner: str) -> Reading | None:
        """Sum up until the usage does not change meanwhile; None when it always does."""
        for _ in range(READINGS):
            before = self._counters(owner)
            totals = Totals()
            for entry in self.catalog.of_owner(owner):
                totals.add(entry)
            if before == totals.counters == self._counters(owner):
                return Reading(totals)
        return None

    def _counters(self, owner: str) -> Mapping[str, Any]:
        entry = self.catalog.get(owner, USAGE)
        return NO_USAGE if entry is None else entry.counters
