"""The check itself: three passes, each of which yields what it finds."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from larder.admin.check.bucket import Bucket, Stored
from larder.admin.check.catalog import Catalog, Entry
from larder.admin.check.findings import Damage, Finding
from larder.admin.check.owners import Totals, Usages

GRACE_SECONDS = 3_600

# Between two looks at anything that seems wrong. The reaper gathers removals for some seconds, and
# until it has them their bytes still count and their objects are still there. What is dated by
# whole seconds, and by another clock, is told apart from what was there at one look by half of it.
SETTLE_SECONDS = 10

# DynamoDB collects expired items "within a few days"; an alarm for less would cry wolf.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
OVERDUE_SECONDS = 2 * 86_400

SUSPECTS_AT_ONCE = 1_000
"""So many are remembered, to be looked at again after a while."""

Progress = Callable[[str, int, int], None]
"""Told what is being read, how many of it were, and how many there may be; 0 is not known."""


@dataclass(slots=True)
class Check:
    """One run over a deployment; with `repair` it mends what it finds and is safe to mend.

    Afterwards `restless` are the owners who were too busy for their usage to be judged.
    """

    catalog: Catalog
    bucket: Bucket
    repair: bool = False
    grace_seconds: float = GRACE_SECONDS
    settle_seconds: float = SETTLE_SECONDS
    progress: Progress = lambda _what, _count, _total: None
    now: float = field(default_factory=time.time)
    sleep: Callable[[float], object] = time.sleep
    restless: list[str] = field(default_factory=list)
    _suspects: list[Stored] = field(default_factory=list)

    def run(self) -> Iterator[Finding]:
        """Yield everything that is wrong, mended first where that is wanted."""
        owners: defaultdict[str, Totals] = defaultdict(Totals)
        usages = Usages(self.catalog, self._mended, self.restless)
        yield from self._read_catalog(owners)
        yield from self._read_bucket(owners)
        yield from self._read_multipart_uploads()
        for count, (owner, totals) in enumerate(sorted(owners.items()), start=1):
            self.progress("owners", count, len(owners))
            if totals.objects < totals.files:
                yield from self._files_without_object(owner)
            if totals.sums != totals.usage:
                usages.suspect(owner)
        if self._suspects or usages:
            settled_at = self._pause()
            yield from self._orphans()
            yield from usages.findings(settled_at)

    def _pause(self) -> float:
        """Give the reaper time, and return the moment in the middle by DynamoDB's clock."""
        self.sleep(self.settle_seconds / 2)
        middle = self.catalog.clock()
        self.sleep(self.settle_seconds / 2)
        return middle

    def _read_catalog(self, owners: defaultdict[str, Totals]) -> Iterator[Finding]:
        about = self.catalog.size()
        for count, entry in enumerate(self.catalog.scan(), start=1):
            owners[entry.owner].add(entry)
            self.progress("items", count, about)
            overdue = (entry.is_file or entry.is_pending) and (
                entry.expires_at < self.now - OVERDUE_SECONDS
            )
            if overdue:
                detail = f"expired {int(self.now - entry.expires_at) // 3600} hours ago"
                yield self._mended(
                    Finding(Damage.OVERDUE, entry.owner, entry.id, detail),
                    partial(self.catalog.remove, entry),
                )

    def _read_bucket(self, owners: defaultdict[str, Totals]) -> Iterator[Finding]:
        about = sum(totals.files for totals in owners.values())
        count = 0
        for page in self.bucket.pages():
            count += len(page)
            self.progress("objects", count, about)
            entries = self._entries_of(page)
            for stored in page:
                entry = entries.get(stored.object_key)
                if entry is not None and entry.is_file:
                    owners[entry.owner].objects += 1
                    if entry.bytes != stored.bytes:
                        detail = f"{stored.bytes} bytes stored, {entry.bytes} in the catalog"
                        yield Finding(Damage.WRONG_SIZE, entry.owner, entry.id, detail)
                elif entry is None and self._is_old(stored):
                    self._suspects.append(stored)
            yield from self._orphans_if_many()

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

    def _read_multipart_uploads(self) -> Iterator[Finding]:
        for page in self.bucket.multipart_pages():
            old = [stored for stored in page if self._is_old(stored)]
            self._suspects += self._without_session(old)
            yield from self._orphans_if_many()

    def _without_session(self, page: list[Stored]) -> list[Stored]:
        sessions = self.catalog.find((stored.owner, stored.id) for stored in page if stored.id)
        pending = {entry.multipart_id for entry in sessions.values() if entry.is_pending}
        return [stored for stored in page if stored.multipart_id not in pending]

    def _orphans_if_many(self) -> Iterator[Finding]:
        if len(self._suspects) >= SUSPECTS_AT_ONCE:
            self._pause()
            yield from self._orphans()

    def _orphans(self) -> Iterator[Finding]:
        """Look again at what belonged to nothing: the reaper may have deleted it by now."""
        suspects, self._suspects = self._suspects, []
        objects = [stored for stored in suspects if not stored.multipart_id]
        entries = self._entries_of(objects)
        for stored in objects:
            if stored.object_key not in entries and self.bucket.has(stored.object_key):
                detail = f"{stored.bytes} bytes"
                yield self._mended(
                    Finding(Damage.OBJECT_WITHOUT_FILE, stored.owner, stored.object_key, detail),
                    partial(self._delete, stored),
                )
        begun = [stored for stored in suspects if stored.multipart_id]
        for stored in self._without_session(begun):
            if self.bucket.has_begun(stored):
                yield self._mended(
                    Finding(Damage.UPLOAD_WITHOUT_SESSION, stored.owner, stored.object_key, ""),
                    partial(self._abort, stored),
                )

    def _delete(self, stored: Stored) -> bool:
        if not stored.owner:
            return False  # not of our making
        self.bucket.delete(stored.object_key)
        return True

    def _abort(self, stored: Stored) -> bool:
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
                partial(self.catalog.remove, entry),
            )

    def _mended(self, finding: Finding, mend: Callable[[], bool]) -> Finding:
        return replace(finding, repaired=self.repair and mend())
