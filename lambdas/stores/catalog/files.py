"""The file items of the catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambdas.core.damage import are_answers, is_answer_of, is_checksum, log_damage, names_own_object
from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.ids import FILE, UPLOAD
from lambdas.core.pages import PageRequest
from lambdas.core.quota import Allowance, Amount
from lambdas.stores.catalog.claims import answered
from lambdas.stores.catalog.reading import damaged, reading, whole
from lambdas.stores.catalog.releases import ReleasedBefore, released, remove
from lambdas.stores.catalog.table import (
    Item,
    Step,
    Table,
    expressions,
    id_range,
    n,
    s,
    text,
)
from lambdas.stores.catalog.together import Taking, Together, take
from lambdas.stores.catalog.usage import moved

IS_NEW = "attribute_not_exists(#id)"
IS_SERVED = "attribute_exists(#id) AND #expires_at > :now"
IS_THE_FILE_S = "attribute_not_exists(#id) OR #file_id = :file_id"


@dataclass(frozen=True, slots=True)
class FileItems:
    """Keeps the files of every owner, and moves their usage in the same transaction.

    `together` groups the writes of a process that has many requests at once.
    """

    table: Table
    together: Together | None = None

    def add(self, file: File, allowed: Allowance, claim: Claim | None) -> None:
        """Show the file, take its bytes from the quota and answer the claim, all or nothing.

        Raises QuotaExceeded when it does not fit.
        """
        steps = [put_file(self.table, file)]
        if claim is not None:
            steps.append(answered(self.table, claim, file.rendered))
        taking = Taking(file.owner, steps, Amount(used=file.bytes, files=1), allowed)
        if self.together is None:
            take(self.table, taking)
        else:
            self.together.take(self.table, taking)

    def get(self, owner: str, file_id: str, now: float) -> File:
        """Return a file as last committed; raises FileNotFound, also when it has expired.

        Raises Damaged when it cannot be read, or its object is not its own.
        """
        file = self._held(owner, file_id, now)
        has_checksum = file.crc64nvme is None or is_checksum(file.crc64nvme)
        if not has_checksum or not is_answer_of(file_id, file.rendered):
            raise damaged(owner, file_id)
        return file

    def _held(self, owner: str, file_id: str, now: float) -> File:
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
    ) -> Iterator[tuple[str, str]]:
        """Yield id and answer of every unexpired file on and behind the page, in order.

        One whose answer is damaged is left out and logged: it would break the list.
        """
        request = id_range(
            FILE, owner, page, purpose=purpose, showing="#id, #file", unexpired_at=now
        )
        for items in self.table.pages(page_size=page.limit + 2, **request):
            entries = _entries_of(items)
            if not are_answers(entries):
                entries = [entry for entry in entries if _is_shown(owner, *entry)]
            yield from (entry for entry in entries if entry[0] != page.after)

    def remove(self, owner: str, file_id: str, now: float) -> None:
        """Hide the file and give its bytes back, all or nothing; raises FileNotFound.

        The marker keeps the reaper from giving them back again. A file of which only the answer
        is damaged can be removed too; raises Damaged when its bytes are not known or its object
        is not its own.
        """
        file = self._held(owner, file_id, now)
        hidden = [
            self.table.delete(
                owner,
                file_id,
                lambda _: FileNotFound(file_id),
                **expressions({"now": n(now)}, ConditionExpression=IS_SERVED),
            )
        ]
        if (upload_id := file.object_key.rpartition("/")[2]).startswith(UPLOAD):
            # The file's upload session shows the file too. If it shows another file, the object
            # belongs to that one.
            hidden.append(
                self.table.delete(
                    owner,
                    upload_id,
                    lambda _: damaged(owner, file_id),
                    **expressions({"file_id": s(file_id)}, ConditionExpression=IS_THE_FILE_S),
                )
            )
        given_back = moved(self.table, owner, Amount(used=-file.bytes, files=-1))
        try:
            remove(self.table, hidden, [released(self.table, owner, file_id, now), given_back])
        except ReleasedBefore:  # an operator has restored the file without counting it
            self.table.transact(*hidden)


def _entries_of(items: list[Item]) -> list[tuple[str, str]]:
    """Read id and answer of all items, inline: ten thousand function calls would take 5 ms."""
    try:
        return [(item["id"]["S"], item["file"]["S"]) for item in items]
    except KeyError:
        return [(text(item, "id"), text(item, "file")) for item in items]


def _is_shown(owner: str, file_id: str, rendered: str) -> bool:
    if not (is_shown := is_answer_of(file_id, rendered)):
        log_damage(owner, file_id)
    return is_shown


def put_file(table: Table, file: File) -> Step:
    """Make the step that shows a file.

    Ids are random, so a file that is there already is this one: the step was done before and
    its answer was lost.
    """
    item: dict[str, Any] = {
        **table.key(file.owner, file.id),
        "bytes": n(file.bytes),
        "expires_at": n(file.expires_at),
        "object_key": s(file.object_key),
        "purpose_id": s(f"{file.purpose}#{file.id}"),
        "file": s(file.rendered),
    }
    if file.crc64nvme is not None:
        item["crc64nvme"] = s(file.crc64nvme)
    return table.put(
        item,
        lambda _: None,
        **expressions({}, ConditionExpression=IS_NEW),
    )


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
