"""The check itself: three passes, each of which yields what it finds."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from larder.admin.check.bucket import Bucket, Stored
from larder.admin.check.catalog import USAGE, Catalog, Entry
from larder.admin.check.findings import Damage, Finding

GRACE_SECONDS = 3_600

# DynamoDB collects expired items "within a few days"; an alarm for less would cry wolf.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
OVERDUE_SECONDS = 2 * 86_400
READINGS = 5

# Between two readings of a usage that differs from its sum. The reaper gathers removals for some
# seconds, and until it has them their bytes still count; what is dated by whole seconds, and by
# another clock, is told apart from what was there at one reading by a part of this.
SETTLING_SECONDS = 10

Progress = Callable[[str, int], None]
"""Told what is being read and how many of it were."""


@dataclass(slots=True)
class Totals:
    """What one owner has, by the catalog's items and by the bucket's objects."""

    used: int = 0
    reserved: int = 0
    files: int = 0
    usage: tuple[int, int, int] = (0, 0, 0)
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
    def sums(self) -> tuple[int, int, int]:
        """What the usage should be."""
        return self.used, self.reserved, self.files


@dataclass(frozen=True, slots=True)
class Reading:
    """An owner's usage, which stood still while the sum was taken, and the sum."""

    usage: tuple[int, int, int]
    sums: tuple[int, int, int]

    @property
    def surplus(self) -> tuple[int, ...]:
        """How much the usage says too much of each."""
        return tuple(has - should for has, should in zip(self.usage, self.sums, strict=True))


@dataclass(slots=True)
class Check:
    """One run over a deployment; with `repair` it mends what it finds and is safe to mend."""

    catalog: Catalog
    bucket: Bucket
    repair: bool = False
    grace_seconds: float = GRACE_SECONDS
    progress: Progress = lambda _what, _count: None
    now: float = field(default_factory=time.time)
    sleep: Callable[[float], object] = time.sleep

    def run(self) -> Iterator[Finding]:
        """Yield everything that is wrong, mended first where that is wanted."""
        owners: defaultdict[str, Totals] = defaultdict(Totals)
        yield from self._read_catalog(owners)
        yield from self._read_bucket(owners)
        yield from self._read_multipart_uploads()
        differing: dict[str, Reading] = {}
        for count, (owner, totals) in enumerate(sorted(owners.items()), start=1):
            self.progress("owners", count)
            if totals.objects < totals.files:
                yield from self._files_without_object(owner)
            if totals.sums != totals.usage:
                reading = self._reading(owner)
                if reading is not None and any(reading.surplus):
                    differing[owner] = reading
        yield from self._wrong_usages(differing)

    def _read_catalog(self, owners: defaultdict[str, Totals]) -> Iterator[Finding]:
        for count, entry in enumerate(self.catalog.scan(), start=1):
            owners[entry.owner].add(entry)
            self.progress("items", count)
            overdue = (entry.is_file or entry.is_pending) and (
                entry.expires_at < self.now - OVERDUE_SECONDS
            )
            if overdue:
                detail = f"expired {int(self.now - entry.expires_at) // 3600} hours ago"
                yield self._mended(
                    Finding(Damage.OVERDUE, entry.owner, entry.id, detail),
                    lambda entry=entry: self.catalog.remove(entry),  # type: ignore[misc]
                )

    def _read_bucket(self, owners: defaultdict[str, Totals]) -> Iterator[Finding]:
        count = 0
        for page in self.bucket.pages():
            count += len(page)
            self.progress("objects", count)
            entries = self._entries_of(page)
            for stored in page:
                entry = entries.get(stored.object_key)
                if entry is not None and entry.is_file:
                    owners[entry.owner].objects += 1
                    if entry.bytes != stored.bytes:
                        detail = f"{stored.bytes} bytes stored, {entry.bytes} in the catalog"
                        yield Finding(Damage.WRONG_SIZE, entry.owner, entry.id, detail)
                elif entry is None and self._is_old(stored):
                    yield self._orphan(stored)

    def _entries_of(self, page: list[Stored]) -> dict[str, Entry]:
        """Find each object's file, or its session while that is pending, by object key.

        The object of a completed session is its file's, which the session names.
        """
        first = self.catalog.find((stored.owner, stored.id) for stored in page if stored.id)
        files = self.catalog.find(
            (entry.owner, entry.file_id) for entry in first.values() if entry.file_id
        )
        found = {}
        for stored in page:
            entry = first.get((stored.owner, stored.id))
            if entry is not None and entry.status == "completed" and not stored.is_staged:
                entry = files.get((entry.owner, entry.file_id))
            if entry is not None and (entry.is_file or entry.is_pending):
                found[stored.object_key] = entry
        return found

    def _is_old(self, stored: Stored) -> bool:
        return stored.since < self.now - self.grace_seconds

    def _orphan(self, stored: Stored) -> Finding:
        def mend() -> bool:
            if not stored.owner or self._entries_of([stored]):
                return False  # not of our making, or just made
            if not stored.is_staged:
                self.catalog.mark_released(stored.owner, stored.id)
            self.bucket.delete(stored.object_key)
            return True

        detail = f"{stored.bytes} bytes"
        finding = Finding(Damage.OBJECT_WITHOUT_FILE, stored.owner, stored.object_key, detail)
        return self._mended(finding, mend)

    def _read_multipart_uploads(self) -> Iterator[Finding]:
        for page in self.bucket.multipart_pages():
            sessions = self.catalog.find((stored.owner, stored.id) for stored in page if stored.id)
            for stored in page:
                session = sessions.get((stored.owner, stored.id))
                alive = session is not None and session.multipart_id == stored.multipart_id
                if not alive and self._is_old(stored):
                    yield self._mended(
                        Finding(Damage.UPLOAD_WITHOUT_SESSION, stored.owner, stored.object_key, ""),
                        lambda stored=stored: self._abort(stored),  # type: ignore[misc]
                    )

    def _abort(self, stored: Stored) -> bool:
        self.catalog.mark_released(stored.owner, stored.id)
        self.bucket.abort(stored)
        return True

    def _files_without_object(self, owner: str) -> Iterator[Finding]:
        for entry in self.catalog.of_owner(owner):
            if not entry.is_file or self.bucket.has(entry.object_key):
                continue
            if not self.catalog.find([(owner, entry.id)]):
                continue  # deleted while we looked
            yield self._mended(
                Finding(Damage.FILE_WITHOUT_OBJECT, owner, entry.id, entry.object_key),
                lambda entry=entry: self.catalog.remove(entry),  # type: ignore[misc]
            )

    def _wrong_usages(self, differing: dict[str, Reading]) -> Iterator[Finding]:
        """Read again after a while: a difference that stayed is no removal on its way."""
        if not differing:
            return
        self.sleep(SETTLING_SECONDS / 2)
        settled_at = self.catalog.clock()
        self.sleep(SETTLING_SECONDS / 2)
        for owner, first in differing.items():
            reading = self._reading(owner)
            if reading is None or reading.surplus != first.surplus:
                continue
            names = ("used", "reserved", "files")
            detail = ", ".join(
                f"{name} {usage} instead of {total}"
                for name, usage, total in zip(names, reading.usage, reading.sums, strict=True)
                if usage != total
            )
            yield self._mended(
                Finding(Damage.WRONG_USAGE, owner, USAGE, detail),
                partial(self._settle, owner, reading, settled_at),
            )

    def _settle(self, owner: str, reading: Reading | None, settled_at: float) -> bool:
        """Set a usage to its sum, unless the difference is another by now."""
        surplus = reading and reading.surplus
        for _ in range(READINGS):
            if reading is None or reading.surplus != surplus:
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

    def _usage(self, owner: str) -> tuple[int, int, int]:
        found = self.catalog.find([(owner, USAGE)])
        return found[owner, USAGE].totals if found else (0, 0, 0)

    def _mended(self, finding: Finding, mend: Callable[[], bool]) -> Finding:
        return replace(finding, repaired=self.repair and mend())
