"""`larder admin restore`: puts back into the catalog what it lacks of a table from a backup.

DynamoDB restores into a new table only. That one is read once, a group of items at a time, and of
each group the catalog is asked which it has, which of the others were deleted since, and the
bucket which of their objects are there. Nothing is kept but the group, and nothing that the
catalog has is overwritten.

What stays away: what has expired; files whose bytes were given back since, as their marker tells,
and their uploads; files whose object is gone, which is how a deletion is known whose marker has
expired; markers and idempotency records, which would tell of another time; usages where there is
one, since their quota is the later one and the check sets their numbers to the sum. And uploads
that were under way: since then one may have become a file, whose object it would take with it when
it ends, or had parts that it would not count. Who was uploading begins anew.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from typing import Any

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import KEYS_AT_ONCE, Catalog, Item
from larder.admin.check.items import Entry
from larder.admin.check.names import CLAIM, MARKER, USAGE, marker_key

Progress = Callable[[str, int, int], None]
"""Told what is being read, how many of it were, and how many there may be; 0 is not known."""

# Without these nobody knows whether an item may come back.
_DECIDING = frozenset({"expires_at", "status", "file_id"})


class Fate(Enum):
    """What is with an item of the backup, each with the words for it."""

    MISSING = "missing"
    DAMAGED = "cannot be read"
    PRESENT = "in the catalog"
    EXPIRED = "expired by now"
    DELETED = "deleted since"
    LOST = "without its object"
    UNDER_WAY = "upload that was under way"
    SHORT_LIVED = "marker or idempotency record"


@dataclass(frozen=True, slots=True)
class Found:
    """An item of the backup; `restored` when it was put back."""

    fate: Fate
    owner: str
    id: str
    restored: bool = False

    @property
    def needs_attention(self) -> bool:
        """Whether somebody wants to know of it alone, and not only how many there are."""
        return self.fate in (Fate.MISSING, Fate.DAMAGED)

    def as_json(self) -> dict[str, Any]:
        """What was found as `--json` shows it."""
        return {
            "owner": self.owner,
            "id": self.id,
            "fate": self.fate.name.lower(),
            "restored": self.restored,
        }


@dataclass(frozen=True, slots=True)
class Restore:
    """One run over a restored table, of one owner's items or of all."""

    backup: Catalog
    catalog: Catalog
    bucket: Bucket
    owner: str | None = None
    dry_run: bool = False
    progress: Progress = lambda _what, _count, _total: None
    now: float = field(default_factory=time.time)

    def run(self) -> Iterator[Found]:
        """Yield every item of the backup with its fate, put back first where that is wanted."""
        about = 0 if self.owner else self.backup.size()
        written, count = self.backup.written(self.owner), 0
        while group := list(islice(written, KEYS_AT_ONCE)):
            count += len(group)
            self.progress("items", count, about)
            yield from self._of_group(group)

    def _of_group(self, group: Sequence[tuple[Entry, Item]]) -> Iterator[Found]:
        fates = {_key(entry): self._alone(entry) for entry, _ in group}
        entries = [entry for entry, _ in group if fates[_key(entry)] is Fate.MISSING]
        there = self.catalog.find_eventually(map(_key, entries))
        fates |= dict.fromkeys(there, Fate.PRESENT)
        lacking = [entry for entry in entries if _key(entry) not in there]
        fates |= self._gone(lacking)
        for entry, item in group:
            found = Found(fates[_key(entry)], entry.owner, entry.id)
            if found.fate is Fate.MISSING and not self.dry_run:
                is_back = self.catalog.repairs.put_back(item)
                found = replace(
                    found, restored=is_back, fate=found.fate if is_back else Fate.PRESENT
                )
            yield found

    def _alone(self, entry: Entry) -> Fate:
        """Judge an item by itself."""
        if entry.marks_owner or entry.id.startswith((MARKER, CLAIM)):
            return Fate.SHORT_LIVED
        if not entry.is_known or _DECIDING & set(entry.flaws) or not _names_own_object(entry):
            return Fate.DAMAGED
        if entry.id == USAGE:
            return Fate.MISSING
        if entry.expires_at <= self.now:
            return Fate.EXPIRED
        return Fate.UNDER_WAY if entry.is_pending else Fate.MISSING

    def _gone(self, lacking: Sequence[Entry]) -> Mapping[tuple[str, str], Fate]:
        """Tell which items must not come back, since their file was deleted or its bytes are gone.

        An upload that became a file goes and stays with it.
        """
        files = [entry for entry in lacking if entry.is_file or entry.is_completed]
        marked = self.catalog.find(key for entry in files for key in _markers(entry))
        kept = [entry for entry in files if not marked.keys() & set(_markers(entry))]
        lost = self.bucket.missing({entry.object_key for entry in kept})
        return {
            **{_key(entry): Fate.DELETED for entry in files},
            **{
                _key(entry): Fate.LOST if entry.object_key in lost else Fate.MISSING
                for entry in kept
            },
        }


def _key(entry: Entry) -> tuple[str, str]:
    return entry.owner, entry.id


def _names_own_object(entry: Entry) -> bool:
    """Tell whether an item that has an object names one of its owner's."""
    has_object = entry.is_file or entry.is_completed
    return not has_object or (entry.key is not None and entry.key.owner == entry.owner)


def _markers(entry: Entry) -> Sequence[tuple[str, str]]:
    """Name where a file's marker lies: apart, or among its owner's items as it once did."""
    file_id = entry.id if entry.is_file else entry.file_id
    return marker_key(entry.owner, file_id), (entry.owner, f"{MARKER}{file_id}")
