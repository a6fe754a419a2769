"""The upload items of the catalog."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from lambdas.core.errors import Busy, Damaged, UploadNotFound, UploadNotPending
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.ids import UPLOAD
from lambdas.core.pages import PageRequest
from lambdas.core.quota import TIMES_OUTRUN, Allowance, Amount
from lambdas.core.upload import CANCELLED, EXPIRED, PENDING, Upload
from lambdas.stores.aws import error_code
from lambdas.stores.catalog.claims import answered
from lambdas.stores.catalog.conflicts import outlasting_conflicts
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.reading import number
from lambdas.stores.catalog.sessions import session_of, sound_upload_of
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
from lambdas.stores.catalog.usage import held_by_upload, moved, taken

IS_NEW = "attribute_not_exists(#id)"
IS_PENDING = "#status = :pending AND #expires_at > :now"
HOLDS_AS_MUCH = "#bytes = :reserved"
LASTS_AS_LONG = "#expires_at = :expires_at"
PROLONGED = "#expires_at = :lasts_until"
HELD_TO_THESE = "#part_ids_digest = :digest"


@dataclass(frozen=True, slots=True)
class UploadItems:
    """Keeps the upload sessions of every owner, and moves their usage in the same transaction."""

    table: Table

    def add(self, upload: Upload, allowed: Allowance, claim: Claim | None, answer: str) -> None:
        """Begin a session, reserve its bytes and answer the claim, all or nothing."""
        item = {
            **self.table.key(upload.owner, upload.id),
            "status": s(PENDING),
            "bytes": n(upload.reserved),
            "staged_bytes": n(0),
            "staged_parts": n(0),
            "expires_at": n(upload.expires_at),
            "object_key": s(upload.object_key),
            "multipart_id": s(upload.multipart_id),
            "session": s(session_of(upload)),
        }
        if upload.joined_as is not None:
            item["part_ids_digest"] = s(upload.joined_as)
        steps = [
            self.table.put(
                item,
                lambda _: None,  # ids are random, so it is there because an answer was lost
                **expressions({}, ConditionExpression=IS_NEW),
            ),
            taken(self.table, upload.owner, held_by_upload(upload.reserved), allowed),
        ]
        if claim is not None:
            steps.append(answered(self.table, claim, answer))
        self.table.transact(*steps)

    def get(self, owner: str, upload_id: str) -> Upload:
        """Return a session as last committed, expired or not; raises UploadNotFound, Damaged."""
        item = self.table.get(owner, upload_id)
        if item is None:
            raise UploadNotFound(upload_id)
        return sound_upload_of(item)

    def page(self, owner: str, page: PageRequest) -> Iterator[Upload]:
        """Yield every session on and behind the page, in order; leave out and log the damaged."""
        for item in self.table.query(page_size=page.limit + 2, **id_range(UPLOAD, owner, page)):
            if text(item, "id") == page.after:
                continue
            try:
                upload = sound_upload_of(item)
            except Damaged:
                continue
            yield upload

    def prolong(self, upload: Upload, now: float) -> None:
        """Have a pending session last as long as those with parts do.

        Raises UploadNotFound or UploadNotPending.
        """
        values = {"lasts_until": n(upload.lasts_until), "now": n(now)}
        if not self.update_pending(upload, values, f"SET {PROLONGED}"):
            self.get(upload.owner, upload.id).must_be_pending(now)
            raise Busy

    def update_pending(
        self, upload: Upload, values: Mapping[str, Any], change: str, *conditions: str
    ) -> bool:
        """Change a session if it is pending and the conditions hold, and tell whether it was."""
        try:
            outlasting_conflicts(
                lambda: self.table.client.update_item(
                    TableName=self.table.name,
                    Key=self.table.key(upload.owner, upload.id),
                    **expressions(
                        {**values, "pending": s(PENDING)},
                        ConditionExpression=" AND ".join((IS_PENDING, *conditions)),
                        UpdateExpression=change,
                    ),
                )
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def complete(
        self, completed: Upload, file: File, claim: Claim | None, answer: str, now: float
    ) -> None:
        """Show the file, end the session and turn its reservation into use, all or nothing.

        The session then stays as long as its file, so that completing it again is answered. Its
        fields become the file's, since a form may have them after its content.
        Raises UploadNotFound, UploadNotPending or CatalogFull.
        """

        def steps(seen: Upload) -> list[Step]:
            values = {
                "pending": s(PENDING),
                "now": n(now),
                "digest": s(completed.joined_as or ""),
                "reserved": n(seen.reserved),
                "completed": s(completed.status),
                "file": s(file.rendered),
                "file_id": s(file.id),
                "bytes": n(file.bytes),
                "file_expires_at": n(file.expires_at),
                "md5": s(completed.md5 or ""),
                "object_key": s(completed.object_key),
                "session": s(session_of(completed)),
            }
            becoming = Amount(used=file.bytes, files=1)
            ended = self.table.update(
                completed.owner,
                completed.id,
                partial(_not_as_seen, seen),
                **expressions(
                    values,
                    ConditionExpression=f"{IS_PENDING} AND {HELD_TO_THESE} AND {HOLDS_AS_MUCH}",
                    UpdateExpression="SET #status = :completed, #bytes = :bytes, #file = :file,"
                    " #file_id = :file_id, #expires_at = :file_expires_at, #md5 = :md5,"
                    " #object_key = :object_key, #session = :session",
                ),
            )
            change = moved(self.table, file.owner, becoming - held_by_upload(seen.reserved))
            answering = [] if claim is None else [answered(self.table, claim, answer)]
            return [put_file(self.table, file), ended, change, *answering]

        self._end(completed, steps)

    def cancel(self, upload: Upload, now: float) -> Upload:
        """End a pending session, give its bytes back, all or nothing, and return it as it ended.

        Raises UploadNotFound or UploadNotPending.
        """

        def steps(seen: Upload) -> list[Step]:
            values = {
                "pending": s(PENDING),
                "now": n(now),
                "reserved": n(seen.reserved),
                "expires_at": n(seen.expires_at),
                "cancelled": s(CANCELLED),
            }
            ended = self.table.update(
                upload.owner,
                upload.id,
                partial(_not_as_seen, seen),
                **expressions(
                    values,
                    ConditionExpression=f"{IS_PENDING} AND {HOLDS_AS_MUCH} AND {LASTS_AS_LONG}",
                    # The longer status must not make the item longer, or CatalogFull may be raised.
                    UpdateExpression="SET #status = :cancelled REMOVE #staged_bytes, #staged_parts",
                ),
            )
            return [
                ended,
                moved(self.table, upload.owner, Amount() - held_by_upload(seen.reserved)),
            ]

        return replace(self._end(upload, steps), status=CANCELLED)

    def _end(self, seen: Upload, steps: Callable[[Upload], list[Step]]) -> Upload:
        """End a session with all that it has, also what a part adds meanwhile, and return it."""
        for _ in range(TIMES_OUTRUN):
            try:
                self.table.transact(*steps(seen))
                return seen
            except _Outrun as outrun:
                seen = outrun.found
        raise Busy


class _Outrun(Exception):
    """A part has reserved more, or prolonged the session, since it was read."""

    def __init__(self, found: Upload) -> None:
        super().__init__()
        self.found = found


def _not_as_seen(seen: Upload, item: Item | None) -> Exception:
    """Return the error for a session whose write was refused."""
    if not item:
        return UploadNotFound(seen.id)
    status, expires_at = text(item, "status"), number(item, "expires_at")
    found = replace(seen, reserved=number(item, "bytes"), expires_at=expires_at)
    if status == PENDING and found != seen:
        return _Outrun(found)
    return UploadNotPending(
        f"Upload {seen.id} is {EXPIRED if status == PENDING else status}; only a pending upload "
        "takes this.",
        param="upload_id",
    )
