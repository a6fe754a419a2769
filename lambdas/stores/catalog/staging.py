"""What an upload's item counts of the parts that come through the API."""

from dataclasses import dataclass

from lambdas.core.quota import Allowance, Amount
from lambdas.core.upload import PENDING, Upload
from lambdas.stores.catalog.table import expressions, n, s
from lambdas.stores.catalog.uploads import IS_PENDING, UploadItems
from lambdas.stores.catalog.usage import taken

TAKES_PARTS = "#staged_parts < :most"
HAS_ROOM = "#staged_bytes <= :room"
NOTHING_STAGED = "#bytes = :bytes"
COUNTED = "#staged_bytes = #staged_bytes + :size, #staged_parts = #staged_parts + :one"


class Outrun(Exception):
    """Another call has changed the session first."""


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """Counts staged parts in their upload's item, and reserves room for them."""

    uploads: UploadItems

    def take_part(self, upload: Upload, size: int, most: int, now: float) -> bool:
        """Count a part that comes through the API, in the room that was reserved."""
        room = upload.room_to_stage - size  # which only ever grows
        values = {"size": n(size), "one": n(1), "room": n(room), "most": n(most), "now": n(now)}
        return self.uploads.update_pending(
            upload, values, f"{TAKES_PARTS} AND {HAS_ROOM}", f"SET {COUNTED}"
        )

    def reserve_and_take_part(
        self, upload: Upload, size: int, most: int, more: int, allowed: Allowance, now: float
    ) -> bool:
        """Reserve so many bytes more and count a part, all or nothing; raises QuotaExceeded."""
        values = {"size": n(size), "one": n(1), "more": n(more), "most": n(most), "now": n(now)}
        condition = f"{IS_PENDING} AND {TAKES_PARTS}"
        if not upload.room_to_stage:
            values["bytes"] = n(upload.bytes)
            condition += f" AND {NOTHING_STAGED}"
        table = self.uploads.table
        try:
            table.transact(
                table.update(
                    upload.owner,
                    upload.id,
                    lambda _: Outrun(),
                    **expressions(
                        {**values, "pending": s(PENDING)},
                        ConditionExpression=condition,
                        UpdateExpression=f"SET #bytes = #bytes + :more, {COUNTED}",
                    ),
                ),
                taken(table, upload.owner, Amount(used=more, reserved=more), allowed),
            )
        except Outrun:
            return False
        return True
