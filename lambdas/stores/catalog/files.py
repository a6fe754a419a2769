"""The file items of the catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.ids import FILE, UPLOAD
from lambdas.core.pages import PageRequest
from lambdas.core.quota import Allowance, Amount
from lambdas.stores.catalog.claims import answered
from lambdas.stores.catalog.table import (
    Item,
    Step,
    Table,
    expressions,
    id_range,
    n,
    never_refused,
    number,
    s,
    text,
)
from lambdas.stores.catalog.usage import ReleasedBefore, moved, released, taken

IS_NEW = "attribute_not_exists(#id)"
IS_SERVED = "attribute_exists(#id) AND #expires_at > :now"


@dataclass(frozen=True, slots=True)
class FileItems:
    """Keeps the files of every owner, and moves their usage in the same transaction."""

    table: Table

    def add(self, file: File, allowed: Allowance, claim: Claim | None) -> None:
        """Show the file, take its bytes from the quota and answer the claim, all or nothing.

        Raises QuotaExceeded when it does not fit.
        """
        steps = [
            put_file(self.table, file),
            taken(self.table, file.owner, Amount(used=file.bytes, files=1), allowed),
        ]
        if claim is not None:
            steps.append(answered(self.table, claim, file.rendered))
        self.table.transact(*steps)

    def get(self, owner: str, file_id: str, now: float) -> File:
        """Return a file as last committed; raises FileNotFound, also when it has expired."""
        item = self.table.get(owner, file_id)
        if item is None or number(item, "expires_at") <= now:
            raise FileNotFound(file_id)
        return file_of(item)

    def page(
        self, owner: str, purpose: str | None, page: PageRequest, now: float
    ) -> Iterator[tuple[str, str]]:
        """Yield id and answer of every unexpired file on and behind the page, in order."""
        request = id_range(
            FILE, owner, page, purpose=purpose, showing="#id, #file", unexpired_at=now
        )
        for item in self.table.query(page_size=page.limit + 2, **request):
            if text(item, "id") != page.after:
                yield text(item, "id"), text(item, "file")

    def remove(self, owner: str, file_id: str, now: float) -> None:
        """Hide the file and give its bytes back, all or nothing; raises FileNotFound.

        The marker says that they were given back, so that the reaper does not do so again.
        """
        file = self.get(owner, file_id, now)
        hidden = [
            self.table.delete(
                owner,
                file_id,
                lambda _: FileNotFound(file_id),
                **expressions({"now": n(now)}, ConditionExpression=IS_SERVED),
            )
        ]
        if (upload_id := file.object_key.rpartition("/")[2]).startswith(UPLOAD):
            # The session that the file came by shows it too.
            hidden.append(self.table.delete(owner, upload_id, never_refused))
        try:
            self.table.transact(
                *hidden,
                released(self.table, owner, file_id, now),
                moved(self.table, owner, Amount(used=-file.bytes, files=-1)),
            )
        except ReleasedBefore:  # and then an operator put the file back, uncounted
            self.table.transact(*hidden)


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
    """Read a file's item."""
    return File(
        owner=text(item, "owner"),
        id=text(item, "id"),
        bytes=number(item, "bytes"),
        expires_at=number(item, "expires_at"),
        object_key=text(item, "object_key"),
        rendered=text(item, "file"),
        crc64nvme=text(item, "crc64nvme") or None,
    )
