"""The first pass: checks each item of the catalog, alone and against related items."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog, Look
from larder.admin.check.findings import Damage, Finding, Mended
from larder.admin.check.items import Entry
from larder.admin.check.keys import Keys, sessions_of
from larder.admin.check.names import USAGE, created_at, is_owner
from larder.admin.check.owners import Totals

# DynamoDB collects expired items "within a few days"; a shorter time would raise false alarms.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
OVERDUE_SECONDS = 2 * 86_400

# How far the clock of whoever checks may be behind AWS's, by which things end.
CLOCK_BEHIND_SECONDS = 60


@dataclass(slots=True)
class References:
    """What damaged items name, which no repair may delete.

    `items` are the owners and ids of items whose object may be another than they name, `misplaced`
    those of files and uploads that have an object under another key.
    """

    objects: set[str] = field(default_factory=set)
    multipart_ids: set[str] = field(default_factory=set)
    items: set[tuple[str, str]] = field(default_factory=set)
    misplaced: set[tuple[str, str]] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        """Remember what a damaged item names."""
        self.objects.add(entry.object_key)
        self.multipart_ids.add(entry.multipart_id)
        self.items.add((entry.owner, entry.id))


@dataclass(slots=True)
class Records:
    """Checks items, a group at a time.

    The first reads of a group and its related items may be eventually consistent, which suffices to
    skip what is sound. What seems wrong is read again, consistently, and only that counts; what
    was removed meanwhile was no damage.
    """

    catalog: Catalog
    bucket: Bucket
    mended: Mended
    owners: defaultdict[str, Totals]
    now: float
    references: References = field(default_factory=References)

    def findings(self, group: list[Entry]) -> Iterator[Finding]:
        """Yield what is wrong with a group of items."""
        suspects = self._suspects(group)
        for entry in group:
            if not entry.marks_owner and (entry.owner, entry.id) not in suspects:
                self.owners[entry.owner].add(entry)
                self.owners[entry.owner].expected += entry.is_file
        reread = list(self.catalog.find(suspects).values())
        yield from (finding for _, finding in self.judged(reread, self.catalog.find))

    def _suspects(self, group: list[Entry]) -> set[tuple[str, str]]:
        """Check a group as it was read, and return the items in which anything seems wrong."""
        protected = References(objects=self.references.objects)
        screen = replace(self, mended=_untouched, owners=defaultdict(Totals), references=protected)
        suspected = screen.judged(group, self.catalog.find_eventually)
        return {(entry.owner, entry.id) for entry, _ in suspected}

    def judged(self, group: list[Entry], find: Look) -> Iterator[tuple[Entry, Finding]]:
        """Check a group; `find` reads the related items."""
        kept, sessions = self.references.objects, find(sessions_of(group))
        files = find((entry.owner, entry.file_id) for entry in group if _shows_a_file(entry))
        keys = Keys(self.catalog, self.bucket, self.mended, self._has_ended, kept, sessions)
        for entry in group:
            for finding in self._of(entry, keys, files):
                yield entry, finding

    def _of(
        self, entry: Entry, keys: Keys, files: Mapping[tuple[str, str], Entry]
    ) -> Iterator[Finding]:
        if marked := entry.marks_owner:
            if entry.flaws:
                yield Finding(Damage.UNREADABLE, marked, entry.id, ", ".join(entry.flaws))
            return
        if not entry.is_known:
            self.references.add(entry)
            owner = entry.owner if is_owner(entry.owner) else ""
            yield Finding(Damage.STRANGE_ITEM, owner, entry.id, f"owner {entry.owner!r}")
            return
        self.owners[entry.owner].add(entry)
        yield from self._unreadable(entry)
        if entry.is_file or entry.is_upload:
            yield from self._of_file_or_upload(entry, keys)
        if _shows_a_file(entry) and (entry.owner, entry.file_id) not in files:
            yield from self._without_file(entry)

    def _unreadable(self, entry: Entry) -> Iterator[Finding]:
        flaws = entry.flaws
        if entry.id == USAGE:  # usages are checked with their owners
            flaws = tuple(name for name in flaws if name == "quota_bytes")
        if flaws:
            if entry.is_file or entry.is_upload:
                self.references.add(entry)
            yield Finding(Damage.UNREADABLE, entry.owner, entry.id, ", ".join(flaws))

    def _of_file_or_upload(self, entry: Entry, keys: Keys) -> Iterator[Finding]:
        overdue = not {"expires_at", "bytes", "status"} & set(entry.flaws) and (
            entry.expires_at < self.now - OVERDUE_SECONDS
        )
        if wrong_key := keys.finding(entry):
            self.references.add(entry)
            yield wrong_key
        elif entry.is_file:
            self.owners[entry.owner].expected += 1
        if overdue:
            if not wrong_key and (entry.is_file or entry.is_pending):
                detail = f"expired {int(self.now - entry.expires_at) // 3600} hours ago"
                yield self.mended(
                    Finding(Damage.OVERDUE, entry.owner, entry.id, detail),
                    partial(self.catalog.repairs.remove, entry),
                )
        elif entry.answer:
            yield from self._of_answer(entry)

    def _of_answer(self, entry: Entry) -> Iterator[Finding]:
        """Compare an item's answer with its attributes."""
        answer = entry.answer
        shown_as = entry.id if entry.is_file else entry.file_id
        shown = {
            "id": answer["id"] == shown_as,
            "bytes": "bytes" in entry.flaws or answer["bytes"] == entry.bytes,
            "expires_at": "expires_at" in entry.flaws or answer["expires_at"] == entry.expires_at,
            "created_at": answer["id"] != shown_as or answer["created_at"] == created_at(shown_as),
        }
        if differing := [name for name, agrees in shown.items() if not agrees]:
            detail = ", ".join(differing)
            yield Finding(Damage.WRONG_ANSWER, entry.owner, entry.id, detail)
        purpose_id = f"{answer['purpose']}#{entry.id}"
        if entry.is_file and entry.purpose_id != purpose_id:
            detail = f"{entry.purpose_id or 'missing'} instead of {purpose_id}"
            yield self.mended(
                Finding(Damage.WRONG_PURPOSE, entry.owner, entry.id, detail),
                partial(
                    self.catalog.repairs.set_text,
                    entry,
                    "purpose_id",
                    entry.purpose_id,
                    purpose_id,
                ),
            )

    def _has_ended(self, entry: Entry) -> bool:
        """Tell whether an item may have expired: a file and its upload then go one by one."""
        return entry.expires_at <= max(self.now, time.time()) + CLOCK_BEHIND_SECONDS

    def _without_file(self, session: Entry) -> Iterator[Finding]:
        # A deletion of the file meanwhile has also deleted the upload.
        if self._has_ended(session) or self.catalog.get(session.owner, session.id) is None:
            return
        may_go = session.key is not None and session.key.owner == session.owner
        yield self.mended(
            Finding(Damage.SESSION_WITHOUT_FILE, session.owner, session.id, session.file_id),
            partial(self.catalog.repairs.remove_session, session) if may_go else _left,
        )


def _shows_a_file(entry: Entry) -> bool:
    """Tell whether this is an upload that became a file, with which it is deleted in one step."""
    return entry.is_completed and bool(entry.file_id)


def _untouched(finding: Finding, _mend: Callable[[], bool]) -> Finding:
    """Repair nothing."""
    return finding


def _left() -> bool:
    """Leave it to a person."""
    return False
