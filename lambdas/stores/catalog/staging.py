"""What an upload's item counts of the parts that come through the API."""

from dataclasses import dataclass

from lambdas.core.quota import Allowance, Amount
from lambdas.core.upload import PENDING, Upload
from lambdas.stores.catalog.table import expressions, n, s
from lambdas.stores.catalog.uploads import IS_PENDING, PROLONGED, UploadItems
from lambdas.stores.catalog.usage import taken

TAKES_PARTS = "#staged_parts < :most"
HAS_ROOM = "#staged_bytes <= :room"
NOTHING_STAGED = "#bytes = :bytes"
COUNTED = (
    f"#staged_bytes = #staged_bytes + :size, #staged_parts = #staged_parts + :one, {PROLONGED}"
)


class Outrun(Exception):
    """Another call has changed the session first."""


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """Counts staged parts in their upload's item, and reserves room for them."""

    uploads: UploadItems

    def take_part(self, upload: Upload, size: int, most: int, now: float) -> bool:
        """Count a part that comes through the API, in the room that was reserved."""
        room = upload.room_to_stage - size  # the room never shrinks
        values = {**_counting(upload, size, most, now), "room": n(room)}
        return self.uploads.update_pending(upload, values, f"SET {COUNTED}", TAKES_PARTS, HAS_ROOM)

    def reserve_and_take_part(
        self, upload: Upload, size: int, most: int, more: int, allowed: Allowance, now: float
    ) -> bool:
        """Reserve so many bytes more and count a part, all or nothing; raises QuotaExceeded."""
        values = {**_counting(upload, size, most, now), "more": n(more)}
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


def _counting(upload: Upload, size: int, most: int, now: float) -> dict[str, dict[str, str]]:
    return {
        "size": n(size),
        "one": n(1),
        "most": n(most),
        "now": n(now),
        "lasts_until": n(upload.lasts_until),
    }
