"""What each owner has by the catalog's items, held against what the owner's usage says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from larder.admin.check.catalog import USAGE, Catalog, Entry
from larder.admin.check.findings import Damage, Finding

READINGS = 5

Numbers = tuple[int, int, int]
"""Used bytes, reserved bytes, files."""

Mended = Callable[[Finding, Callable[[], bool]], Finding]
"""Mends where that is wanted, and says so in the finding."""


@dataclass(slots=True)
class Totals:
    """What one owner has, by the catalog's items and by the bucket's objects."""

    used: int = 0
    reserved: int = 0
    files: int = 0
    usage: Numbers = (0, 0, 0)
    objects: int = 0

    def add(self, entry: Entry) -> None:
        """Count an item."""
        if entry.id == USAGE:
            self.usage = entry.totals
        elif entry.is_file:
            self.used += entry.bytes
            self.files += 1
        elif entry.is_pending:
            self.used += entry.bytes
            self.reserved += entry.bytes

    @property
    def sums(self) -> Numbers:
        """What the usage should be."""
        return self.used, self.reserved, self.files


@dataclass(frozen=True, slots=True)
class Reading:
    """An owner's usage, which stood still while the sum was taken, and the sum."""

    usage: Numbers
    sums: Numbers

    @property
    def surplus(self) -> tuple[int, ...]:
        """How much the usage says too much of each."""
        return tuple(has - should for has, should in zip(self.usage, self.sums, strict=True))

    def __str__(self) -> str:
        rows = zip(("used", "reserved", "files"), self.usage, self.sums, strict=True)
        return ", ".join(
            f"{name} {has} instead of {sum_}" for name, has, sum_ in rows if has != sum_
        )


@dataclass(slots=True)
class Usages:
    """Finds usages that differ from their sums, while traffic runs.

    `restless` are the owners whose usage never stood still, of whom nothing can be said.
    """

    catalog: Catalog
    mended: Mended
    restless: list[str]
    _differing: dict[str, Reading] = field(default_factory=dict)

    def suspect(self, owner: str) -> None:
        """Look at an owner whose usage was not the sum at first sight."""
        reading = self._reading(owner)
        if reading is None:
            self.restless.append(owner)
        elif any(reading.surplus):
            self._differing[owner] = reading

    def __bool__(self) -> bool:
        """Whether there is anybody to look at again."""
        return bool(self._differing)

    def findings(self, settled_at: float) -> Iterator[Finding]:
        """Look again after a while: a difference that stayed is no removal on its way.

        `settled_at` is a moment since the first look, by DynamoDB's clock, well before this one.
        """
        for owner, first in self._differing.items():
            reading = self._reading(owner)
            if reading is None:
                self.restless.append(owner)
            elif reading.surplus == first.surplus:
                yield self.mended(
                    Finding(Damage.WRONG_USAGE, owner, USAGE, str(reading)),
                    partial(self._settle, owner, reading, settled_at),
                )

    def _settle(self, owner: str, found: Reading, settled_at: float) -> bool:
        """Set a usage to its sum, unless the difference is another by now."""
        reading: Reading | None = found
        for _ in range(READINGS):
            if reading is None or reading.surplus != found.surplus:
                return False
            if self.catalog.set_usage(owner, reading.usage, reading.sums, settled_at):
                return True
            reading = self._reading(owner)
        return False

    def _reading(self, owner: str) -> Reading | None:
        """Sum up until the usage stands still meanwhile; None when it never does."""
        for _ in range(READINGS):
            before = self._usage(owner)
            totals = Totals()
            for entry in self.catalog.of_owner(owner):
                totals.add(entry)
            if before == totals.usage == self._usage(owner):
                return Reading(totals.usage, totals.sums)
        return None

    def _usage(self, owner: str) -> Numbers:
        found = self.catalog.find([(owner, USAGE)])
        return found[owner, USAGE].totals if found else (0, 0, 0)
