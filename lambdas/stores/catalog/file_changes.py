"""Adding and removing the file items of the catalog."""

from dataclasses import dataclass
from typing import Any

from lambdas.core.errors import FileNotFound
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.ids import UPLOAD
from lambdas.core.quota import Allowance, Amount
from lambdas.stores.catalog.claims import answered
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.reading import damaged
from lambdas.stores.catalog.releases import ReleasedBefore, released, remove
from lambdas.stores.catalog.table import Step, Table, expressions, n, s
from lambdas.stores.catalog.together import Taking, Together, take
from lambdas.stores.catalog.usage import moved

IS_NEW = "attribute_not_exists(#id)"
IS_THERE = "attribute_exists(#id)"
IS_THE_FILE_S = "attribute_not_exists(#id) OR #file_id = :file_id"


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Changes the files of every owner, and moves their usage in the same transaction.

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

    def remove(self, owner: str, file_id: str, now: float) -> None:
        """Hide the file and give its bytes back, all or nothing; raises FileNotFound.

        The marker keeps the reaper from giving them back again. A file of which only the answer
        is damaged can be removed too; raises Damaged when its bytes are not known or its object
        is not its own.
        """
        file = FileItems(self.table).held(owner, file_id, now)
        hidden = [
            self.table.delete(
                owner,
                file_id,
                lambda _: FileNotFound(file_id),
                **expressions({}, ConditionExpression=IS_THERE),
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
