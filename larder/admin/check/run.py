"""The check itself: three passes, each of which yields what it finds."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from larder.admin.check.bucket import Bucket, Stored
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage, Finding
from larder.admin.check.losses import lost_files
from larder.admin.check.objects import Objects
from larder.admin.check.owners import Totals, Usages
from larder.admin.check.records import Records, References

GRACE_SECONDS = 3_600

# Between two looks at anything that seems wrong. The reaper gathers removals for some seconds, and
# until it has them their bytes still count and their objects are still there. What is dated by
# whole seconds, and by another clock, is told apart from what was there at one look by half of it.
SETTLE_SECONDS = 10

Progress = Callable[[str, int, int], None]
"""Told what is being read, how many of it were, and how many there may be; 0 is not known."""


@dataclass(slots=True)
class Check:
    """One run over a deployment; with `repair` it mends what it finds and is safe to mend.

    With `checksums` it asks S3 for the checksum of every object, one call each. Afterwards
    `unsettled` are the owners who were too busy for their usage to be judged, and `uncompared`
    counts the contents of which S3 or the catalog knows no checksum.
    """

    catalog: Catalog
    bucket: Bucket
    repair: bool = False
    checksums: bool = False
    grace_seconds: float = GRACE_SECONDS
    settle_seconds: float = SETTLE_SECONDS
    progress: Progress = lambda _what, _count, _total: None
    now: float = field(default_factory=time.time)
    sleep: Callable[[float], object] = time.sleep
    unsettled: list[str] = field(default_factory=list)
    uncompared: int = 0
    _owners: defaultdict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))
    _references: References = field(default_factory=References)

    def run(self) -> Iterator[Finding]:
        """Yield everything that is wrong, mended first where that is wanted."""
        usages = Usages(self.catalog, self._mended, self.unsettled)
        objects = Objects(
            self.catalog,
            self.bucket,
            self._mended,
            self._references,
            self._owners,
            self._is_old,
            self.checksums,
        )
        yield from self._read_catalog()
        yield from self._read_bucket(objects)
        self.uncompared = objects.uncompared
        for count, (owner, totals) in enumerate(sorted(self._owners.items()), start=1):
            self.progress("owners", count, len(self._owners))
            if totals.objects < totals.expected:
                yield from self._files_without_object(owner)
            if not totals.is_consistent:
                usages.suspect(owner)
        if objects.suspects or usages:
            settled_at = self._pause()
            yield from objects.orphans()
            yield from usages.findings(settled_at)

    def _pause(self) -> float:
        """Give the reaper time, and return the moment in the middle by DynamoDB's clock."""
        self.sleep(self.settle_seconds / 2)
        middle = self.catalog.clock()
        self.sleep(self.settle_seconds / 2)
        return middle

    def _read_catalog(self) -> Iterator[Finding]:
        records = Records(
            self.catalog, self.bucket, self._mended, self._owners, self.now, self._references
        )
        about, count = self.catalog.size(), 0
        # Which objects a damaged item names no later read can ask for: who deletes must know.
        for group in self.catalog.scan(consistent=self.repair):
            count += len(group)
            self.progress("items", count, about)
            yield from records.findings(group)

    def _read_bucket(self, objects: Objects) -> Iterator[Finding]:
        about, count = sum(totals.files for totals in self._owners.values()), 0
        for page in self.bucket.pages():
            count += len(page)
            self.progress("objects", count, about)
            yield from objects.findings(page)
            yield from self._orphans_if_many(objects)
        for page in self.bucket.multipart_pages():
            old = [stored for stored in page if self._is_old(stored)]
            objects.suspects += objects.without_session(old, self.catalog.find_eventually)
            yield from self._orphans_if_many(objects)

    def _orphans_if_many(self, objects: Objects) -> Iterator[Finding]:
        if objects.are_many:
            self._pause()
            yield from objects.orphans()

    def _is_old(self, stored: Stored) -> bool:
        return stored.since < self.now - self.grace_seconds

    def _files_without_object(self, owner: str) -> Iterator[Finding]:
        damaged = self._references.items
        for entry in lost_files(self.catalog, self.bucket, owner, damaged):
            lost = Finding(Damage.FILE_WITHOUT_OBJECT, owner, entry.id, entry.object_key)
            if (owner, entry.id) in self._references.misplaced:
                yield lost  # its bytes may be in the object that lies elsewhere
            else:
                yield self._mended(lost, partial(self.catalog.repairs.remove, entry))

    def _mended(self, finding: Finding, mend: Callable[[], bool]) -> Finding:
        return replace(finding, repaired=self.repair and mend())
