"""The file items of the catalog, as they are read."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambdas.core.damage import are_answers, is_answer_of, is_checksum, log_damage, names_own_object
from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.ids import FILE
from lambdas.core.pages import Entries, PageRequest
from lambdas.stores.catalog.reading import damaged, reading, whole
from lambdas.stores.catalog.table import Item, Table, id_range, text


@dataclass(frozen=True, slots=True)
class FileItems:
    """Reads the files of every owner."""

    table: Table

    def get(self, owner: str, file_id: str, now: float) -> File:
        """Return a file as last committed; raises FileNotFound, also when it has expired.

        Raises Damaged when it cannot be read, or its object is not its own.
        """
        file = self.held(owner, file_id, now)
        has_checksum = file.crc64nvme is None or is_checksum(file.crc64nvme)
        if not has_checksum or not is_answer_of(file_id, file.rendered):
            raise damaged(owner, file_id)
        return file

    def held(self, owner: str, file_id: str, now: float) -> File:
        """Return a file whose answer may be damaged; raises FileNotFound, else Damaged."""
        item = self.table.get(owner, file_id)
        if item is None:
            raise FileNotFound(file_id)
        with reading(owner, file_id):
            if whole(item, "expires_at") <= now:
                raise FileNotFound(file_id)
            file = file_of(item)
        if not names_own_object(file.object_key, owner, file_id):
            raise damaged(owner, file_id)
        return file

    def page(
        self, owner: str, purpose: str | None, page: PageRequest, now: float
    ) -> Iterator[Entries]:
        """Yield every unexpired file on and behind the page, in order, as DynamoDB answers them.

        One whose answer is damaged is left out and logged: it would break the list.
        """
        request = id_range(
            FILE, owner, page, purpose=purpose, showing="#id, #file", unexpired_at=now
        )
        for items in self.table.pages(page_size=page.limit + 2, **request):
            entries = _entries_of(items)
            if not are_answers(entries):
                entries = [entry for entry in entries if _is_shown(owner, *entry)]
            if entries and entries[0][0] == page.after:
                del entries[0]
            yield entries


def _entries_of(items: list[Item]) -> Entries:
    """Read id and answer of all items, inline: ten thousand function calls would take 5 ms."""
    try:
        return [(item["id"]["S"], item["file"]["S"]) for item in items]
    except KeyError:
        return [(text(item, "id"), text(item, "file")) for item in items]


def _is_shown(owner: str, file_id: str, rendered: str) -> bool:
    if not (is_shown := is_answer_of(file_id, rendered)):
        log_damage(owner, file_id)
    return is_shown


def file_of(item: Item) -> File:
    """Read a file's item; raises ValueError."""
    return File(
        owner=text(item, "owner"),
        id=text(item, "id"),
        bytes=whole(item, "bytes"),
        expires_at=whole(item, "expires_at"),
        object_key=text(item, "object_key"),
        rendered=text(item, "file"),
        crc64nvme=text(item, "crc64nvme") or None,
    )
