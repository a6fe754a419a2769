"""Checks each item's object key, and finds the right one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage, Finding, Mended
from larder.admin.check.items import Entry
from larder.admin.check.names import UPLOAD, Key


@dataclass(slots=True)
class Keys:
    """The object keys of a group of items; `sessions` are the uploads of the group's files.

    `kept` are the objects that only a damaged item names. `sessions` may be outdated: they are read
    again where they do not agree with the group.
    """

    catalog: Catalog
    bucket: Bucket
    mended: Mended
    has_ended: Callable[[Entry], bool]
    kept: set[str]
    sessions: dict[tuple[str, str], Entry]

    def finding(self, entry: Entry) -> Finding | None:
        """Return what is wrong with an item's object key, repaired where that is safe."""
        key = entry.key
        if key is None:
            return self._wrong(entry, Damage.WRONG_KEY, entry.object_key or "missing")
        if key.owner != entry.owner:
            return self._foreign(entry, key)
        if key.id == entry.id:
            return self._of_life(entry, key)
        if not entry.is_file or not key.id.startswith(UPLOAD):
            return self._wrong(entry, Damage.WRONG_KEY, entry.object_key)
        return self._of_upload(entry, key)

    def _wrong(self, entry: Entry, damage: Damage, detail: str) -> Finding:
        finding = Finding(damage, entry.owner, entry.id, detail)
        return self.mended(finding, partial(self._give_right_key, entry))

    def _foreign(self, entry: Entry, key: Key) -> Finding:
        original = self.catalog.get(key.owner, entry.id)
        if original is None or original.object_key != entry.object_key:
            return self._wrong(entry, Damage.FOREIGN_KEY, entry.object_key)
        finding = Finding(Damage.COPY, entry.owner, entry.id, entry.object_key)
        return self.mended(finding, partial(self.catalog.repairs.remove_copy, entry))

    def _of_life(self, entry: Entry, key: Key) -> Finding | None:
        """Leave an object that exists under another life: a copy's life would begin again."""
        if not entry.days or key.days == entry.days:
            return None
        detail = f"{entry.object_key} instead of {replace(key, days=entry.days)}"
        finding = Finding(Damage.WRONG_LIFE, entry.owner, entry.id, detail)
        if self.bucket.has(entry.object_key):
            return finding
        return self.mended(finding, partial(self._give_right_key, entry))

    def _of_upload(self, file: Entry, key: Key) -> Finding | None:
        """Compare a file with the upload whose object it names."""
        session = self.sessions.get((file.owner, key.id))
        if session is None or session.file_id != file.id:
            # Read in this order, since a deletion removes both in one step.
            session = self.catalog.get(file.owner, key.id)
            if self.catalog.get(file.owner, file.id) is None:
                return None
        if session is None:
            if self.has_ended(file):
                self.kept.add(file.object_key)
                return None
            if not self.bucket.has(file.object_key):
                return self._wrong(file, Damage.WRONG_KEY, file.object_key)
            return Finding(Damage.FILE_WITHOUT_SESSION, file.owner, file.id, key.id)
        if session.file_id == file.id:
            return self._of_life(file, key)
        detail = f"{key.id} is {session.file_id or session.status}"
        return self._wrong(file, Damage.WRONG_KEY, detail)

    def _give_right_key(self, entry: Entry) -> bool:
        for candidate in self._candidates(entry):
            if self._fits(entry, candidate):
                return self.catalog.repairs.set_text(
                    entry, "object_key", entry.object_key, candidate
                )
        return False

    def _candidates(self, entry: Entry) -> Iterator[str]:
        if entry.days:
            yield str(entry.own_key)
        if entry.is_file:
            for session in self.catalog.of_owner(entry.owner):
                if session.file_id == entry.id and session.days:
                    yield str(session.own_key)

    def _fits(self, entry: Entry, candidate: str) -> bool:
        """Tell whether an object is surely this item's."""
        if entry.flaws:
            return False
        if entry.is_pending:
            return self.bucket.has_begun(candidate, entry.multipart_id)
        if entry.is_completed:
            file = self.catalog.get(entry.owner, entry.file_id)
            return file is not None and file.object_key == candidate
        if not entry.is_file or self.bucket.size(candidate) != entry.bytes:
            return False
        checksum = self.bucket.checksum(candidate)
        return not checksum or not entry.crc64nvme or checksum == entry.crc64nvme


def sessions_of(group: list[Entry]) -> list[tuple[str, str]]:
    """Return the keys of the uploads of a group's files."""
    return [
        (entry.owner, entry.key.id)
        for entry in group
        if entry.is_file and entry.key is not None and entry.key.id.startswith(UPLOAD)
    ]
