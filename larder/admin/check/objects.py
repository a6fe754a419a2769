"""The second pass: each object of the bucket, held against the item that it belongs to."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from larder.admin.check.bucket import Bucket, Stored
from larder.admin.check.catalog import Catalog, Look
from larder.admin.check.findings import Damage, Finding, Mended
from larder.admin.check.items import Entry
from larder.admin.check.owners import Totals
from larder.admin.check.records import References

SUSPECTS_AT_ONCE = 1_000
"""So many are remembered, to be looked at again after a while."""

CHECKSUMS_AT_ONCE = 8

Items = dict[tuple[str, str], Entry]


@dataclass(slots=True)
class Objects:
    """Judges objects, a page at a time; `references` are those that no repair may delete.

    `uncompared` counts the objects of whose content nothing is known to compare.

    What belongs to nothing is a suspect first, until `orphans` looks again.
    """

    catalog: Catalog
    bucket: Bucket
    mended: Mended
    references: References
    owners: defaultdict[str, Totals]
    is_old: Callable[[Stored], bool]
    checksums: bool = False
    suspects: list[Stored] = field(default_factory=list)
    uncompared: int = 0

    @property
    def are_many(self) -> bool:
        """Whether there are so many suspects that they should be looked at before going on."""
        return len(self.suspects) >= SUSPECTS_AT_ONCE

    def findings(self, page: list[Stored]) -> Iterator[Finding]:
        """Yield what is wrong with a page of objects.

        Eventually consistent reads suffice to find the sound ones; the items of the others are
        read again, consistently, and only that reading counts.
        """
        items = self._items_of(page, self.catalog.find_eventually)
        sound, suspected = [], []
        for stored in page:
            file = self._file_of(stored, items)
            if stored.key is None:
                yield from self._strange(stored)
            elif file is not None and _has_size(stored, file):
                sound.append((stored, file))
            elif file is not None or self._is_orphan(stored, items):
                suspected.append(stored)
        yield from self._doubtful(suspected, sound)
        for stored, file in sound:
            self._count(stored, file)
        if self.checksums:
            yield from self._of_content(sound)

    def _doubtful(
        self, suspected: list[Stored], sound: list[tuple[Stored, Entry]]
    ) -> Iterator[Finding]:
        """Judge what does not seem sound, and add to what is."""
        items = self._items_of(suspected, self.catalog.find)
        for stored in suspected:
            file = self._file_of(stored, items)
            if file is None:
                if self._is_orphan(stored, items):
                    self._remember(stored, items)
            elif _has_size(stored, file):
                sound.append((stored, file))
            else:
                self._count(stored, file)
                detail = f"{stored.bytes} bytes stored, {file.bytes} in the catalog"
                yield Finding(Damage.WRONG_SIZE, file.owner, file.id, detail)

    def _count(self, stored: Stored, file: Entry) -> None:
        if stored.item not in self.references.items:
            self.owners[file.owner].objects += 1

    def _remember(self, stored: Stored, items: Items) -> None:
        """Suspect what belongs to nothing, which may yet be what somebody else misses."""
        if self.is_old(stored):
            self.suspects.append(stored)
        entry = items.get(stored.item or ("", ""))
        if entry is not None:
            self.references.misplaced.add((entry.owner, entry.file_id or entry.id))

    def _strange(self, stored: Stored) -> Iterator[Finding]:
        if self.is_old(stored):
            detail = f"{stored.bytes} bytes"
            yield Finding(Damage.STRANGE_OBJECT, stored.owner, stored.object_key, detail)

    def _of_content(self, sound: list[tuple[Stored, Entry]]) -> Iterator[Finding]:
        """Ask S3 for the checksum of each object, where the file's item has one."""
        known = [(stored, file) for stored, file in sound if file.crc64nvme]
        self.uncompared += len(sound) - len(known)
        with ThreadPoolExecutor(CHECKSUMS_AT_ONCE) as pool:
            found = pool.map(self.bucket.checksum, [stored.object_key for stored, _ in known])
            for (_, file), checksum in zip(known, found, strict=True):
                self.uncompared += not checksum
                if checksum and checksum != file.crc64nvme and self._is_still(file):
                    detail = f"CRC64NVME {checksum}, {file.crc64nvme} in the catalog"
                    yield Finding(Damage.WRONG_CONTENT, file.owner, file.id, detail)

    def _is_still(self, file: Entry) -> bool:
        """Tell whether a file says of its content what it seemed to say."""
        entry = self.catalog.get(file.owner, file.id)
        return entry is not None and entry.crc64nvme == file.crc64nvme

    def _items_of(self, page: list[Stored], find: Look) -> Items:
        """Find the items that the keys of a page name, and the files of completed uploads."""
        items = find(stored.item for stored in page if stored.item)
        files = [(entry.owner, entry.file_id) for entry in items.values() if entry.file_id]
        return items | find(files)

    def _file_of(self, stored: Stored, items: Items) -> Entry | None:
        """Find the file that names this very object; an upload's is that of its file."""
        entry = items.get(stored.item or ("", ""))
        if entry is not None and entry.is_completed:
            entry = items.get((entry.owner, entry.file_id))
        is_its = entry is not None and entry.is_file and entry.object_key == stored.object_key
        return entry if is_its else None

    def _is_orphan(self, stored: Stored, items: Items) -> bool:
        """Tell whether nothing can need this object, or nothing but damage says that it does."""
        if stored.object_key in self.references.objects or stored.item in self.references.items:
            return False
        entry = items.get(stored.item or ("", ""))
        if entry is None or entry.is_file:
            return True
        if "status" in entry.flaws or entry.is_pending:
            return False
        if entry.is_completed and (stored.key is None or not stored.key.is_staged):
            file = (entry.owner, entry.file_id)
            return file in items and file not in self.references.items
        return True

    def without_session(self, page: list[Stored], find: Look) -> list[Stored]:
        """Those multipart uploads of a page that no pending session names or can have begun."""
        items = find(stored.item for stored in page if stored.item)
        named = {entry.multipart_id for entry in items.values() if entry.is_pending}
        named |= self.references.multipart_ids
        return [
            stored
            for stored in page
            if stored.multipart_id not in named and not _is_under_way(stored, items)
        ]

    def orphans(self) -> Iterator[Finding]:
        """Look again at what belonged to nothing: the reaper may have deleted it by now."""
        suspects, self.suspects = self.suspects, []
        objects = [stored for stored in suspects if not stored.multipart_id]
        items = self._items_of(objects, self.catalog.find)
        for stored in objects:
            if self._file_of(stored, items) is not None or not self._is_orphan(stored, items):
                continue
            if self.bucket.has(stored.object_key):
                detail = f"{stored.bytes} bytes"
                yield self.mended(
                    Finding(Damage.OBJECT_WITHOUT_FILE, stored.owner, stored.object_key, detail),
                    partial(self._delete, stored, items),
                )
        yield from self._multipart_orphans([one for one in suspects if one.multipart_id])

    def _delete(self, stored: Stored, items: Items) -> bool:
        """Delete an orphan, unless there is a file of that id, which then names another object.

        What a form's bytes came in, before they were copied, may go once the copy is there.
        """
        entry = items.get(stored.item or ("", ""))
        is_staged = stored.key is not None and stored.key.is_staged
        if entry is not None and not is_staged and (entry.is_file or entry.is_completed):
            file = items.get((entry.owner, entry.file_id))
            is_copied = file is not None and self.bucket.size(file.object_key) == file.bytes
            if entry.began_as != stored.object_key or not is_copied:
                return False
        self.bucket.delete(stored.object_key)
        return True

    def _multipart_orphans(self, begun: list[Stored]) -> Iterator[Finding]:
        for stored in self.without_session(begun, self.catalog.find):
            if self.bucket.has_begun(stored.object_key, stored.multipart_id):
                yield self.mended(
                    Finding(Damage.UPLOAD_WITHOUT_SESSION, stored.owner, stored.object_key, ""),
                    partial(self._abort, stored),
                )

    def _abort(self, stored: Stored) -> bool:
        """Abort a multipart upload, unless a pending session may have meant this one."""
        session = self.catalog.get(*stored.item) if stored.item else None
        if stored.item is None or stored.item in self.references.items:
            return False
        if session is not None and (session.is_pending or session.flaws):
            is_another = self.bucket.has_begun(stored.object_key, session.multipart_id)
            if not is_another:
                return False
        self.bucket.abort(stored)
        return True


def _has_size(stored: Stored, file: Entry) -> bool:
    """Tell whether an object has its file's size, as far as that can be read."""
    return "bytes" in file.flaws or file.bytes == stored.bytes


def _is_under_way(stored: Stored, items: Items) -> bool:
    """Tell whether a pending session takes a large part in this, or copies its bytes to it."""
    entry = items.get(stored.item or ("", ""))
    if entry is None or stored.key is None or not entry.is_pending:
        return False
    return stored.key.is_staged or (entry.by_form and stored.object_key != entry.object_key)
