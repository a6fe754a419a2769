"""The upload items of the catalog."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdas.core.errors import ContentTooLarge, Damaged, UploadNotFound, UploadNotPending
from lambdas.core.file import File, render
from lambdas.core.idempotency import Claim
from lambdas.core.ids import UPLOAD
from lambdas.core.pages import PageRequest
from lambdas.core.upload import CANCELLED, EXPIRED, PENDING, Upload, must_be_sound
from lambdas.stores.aws import error_code
from lambdas.stores.catalog.claims import answered
from lambdas.stores.catalog.conflicts import outlasting_conflicts
from lambdas.stores.catalog.files import put_file
from lambdas.stores.catalog.reading import number, reading, whole
from lambdas.stores.catalog.table import (
    Item,
    Table,
    expressions,
    id_range,
    n,
    s,
    text,
)
from lambdas.stores.catalog.usage import moved

IS_NEW = "attribute_not_exists(#id)"
IS_PENDING = "#status = :pending AND #expires_at > :now"
HAS_STAGING_ROOM = "#staging_room >= :size"
NOT_HELD_TO_OTHERS = "(attribute_not_exists(#part_ids_digest) OR #part_ids_digest = :digest)"
HELD_TO_THESE = "#part_ids_digest = :digest"

NEVER_CHANGES = ("filename", "purpose", "mime_type", "seconds", "part_size", "expires_at")


@dataclass(frozen=True, slots=True)
class UploadItems:
    """Keeps the upload sessions of every owner, and moves their usage in the same transaction."""

    table: Table

    def add(self, upload: Upload, quota: int, claim: Claim | None, answer: str) -> None:
        """Begin a session, reserve its bytes and answer the claim, all or nothing."""
        item = {
            **self.table.key(upload.owner, upload.id),
            "status": s(PENDING),
            "bytes": n(upload.bytes),
            "expires_at": n(upload.expires_at),
            "object_key": s(upload.object_key),
            "multipart_id": s(upload.multipart_id),
            "session": s(render({name: getattr(upload, name) for name in NEVER_CHANGES})),
            # Parts that are sent again count again: twice the bytes, and a part, are let in.
            "staging_room": n(2 * upload.bytes + upload.part_size),
        }
        steps = [
            self.table.put(
                item,
                lambda _: None,  # ids are random: it is this one, and the answer was lost
                **expressions({}, ConditionExpression=IS_NEW),
            ),
            moved(self.table, upload.owner, reserved=upload.bytes, room=quota - upload.bytes),
        ]
        if claim is not None:
            steps.append(answered(self.table, claim, answer))
        self.table.transact(*steps)

    def get(self, owner: str, upload_id: str) -> Upload:
        """Return a session as last committed, expired or not; raises UploadNotFound, Damaged."""
        item = self.table.get(owner, upload_id)
        if item is None:
            raise UploadNotFound(upload_id)
        return _sound_upload_of(item)

    def page(self, owner: str, page: PageRequest) -> Iterator[Upload]:
        """Yield every session on and behind the page, in order; leave out and log the damaged."""
        for item in self.table.query(page_size=page.limit + 2, **id_range(UPLOAD, owner, page)):
            if text(item, "id") == page.after:
                continue
            try:
                upload = _sound_upload_of(item)
            except Damaged:
                continue
            yield upload

    def take_part(self, upload: Upload, size: int, now: float) -> None:
        """Count a part that comes through the API.

        Raises UploadNotFound, UploadNotPending, or ContentTooLarge when more came than twice
        the session's bytes.
        """
        taken = self._update_pending(
            upload,
            {"size": n(size), "now": n(now)},
            HAS_STAGING_ROOM,
            "SET #staging_room = #staging_room - :size",
        )
        if not taken:
            self.get(upload.owner, upload.id).must_be_pending(now)
            raise ContentTooLarge(
                "The parts sent to this upload have more than twice its bytes. Cancel it and "
                "create one of the right size.",
                param="data",
            )

    def hold(self, upload: Upload, joined_as: str, now: float) -> None:
        """Hold a pending session to one choice of parts for good.

        Raises UploadNotPending when it is held to another or not pending any more.
        """
        held = self._update_pending(
            upload,
            {"digest": s(joined_as), "now": n(now)},
            NOT_HELD_TO_OTHERS,
            "SET #part_ids_digest = :digest",
        )
        if not held:
            self.get(upload.owner, upload.id).must_be_pending(now)
            raise UploadNotPending(
                f"Upload {upload.id} is being completed with other parts. Repeat that call, or "
                "cancel the upload.",
                param="part_ids",
            )

    def _update_pending(
        self, upload: Upload, values: Mapping[str, Any], condition: str, change: str
    ) -> bool:
        """Change a session if it is pending and the condition holds, and tell whether it was."""
        try:
            outlasting_conflicts(
                lambda: self.table.client.update_item(
                    TableName=self.table.name,
                    Key=self.table.key(upload.owner, upload.id),
                    **expressions(
                        {**values, "pending": s(PENDING)},
                        ConditionExpression=f"{IS_PENDING} AND {condition}",
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

        The session then stays as long as its file, so that completing it again is answered.
        Raises UploadNotFound or UploadNotPending.
        """
        values = {
            "pending": s(PENDING),
            "now": n(now),
            "digest": s(completed.joined_as or ""),
            "completed": s(completed.status),
            "file": s(file.rendered),
            "file_id": s(file.id),
            "file_expires_at": n(file.expires_at),
        }
        steps = [
            put_file(self.table, file),
            self.table.update(
                completed.owner,
                completed.id,
                lambda item: _not_pending(item, completed.id),
                **expressions(
                    values,
                    ConditionExpression=f"{IS_PENDING} AND {HELD_TO_THESE}",
                    UpdateExpression="SET #status = :completed, #file = :file,"
                    " #file_id = :file_id, #expires_at = :file_expires_at",
                ),
            ),
            moved(self.table, file.owner, stored=file.bytes, reserved=-file.bytes, files=1),
        ]
        if claim is not None:
            steps.append(answered(self.table, claim, answer))
        self.table.transact(*steps)

    def cancel(self, upload: Upload, now: float) -> None:
        """End a pending session and give its bytes back, all or nothing.

        Raises UploadNotFound or UploadNotPending.
        """
        self.table.transact(
            self.table.update(
                upload.owner,
                upload.id,
                lambda item: _not_pending(item, upload.id),
                **expressions(
                    {"pending": s(PENDING), "now": n(now), "cancelled": s(CANCELLED)},
                    ConditionExpression=IS_PENDING,
                    UpdateExpression="SET #status = :cancelled",
                ),
            ),
            moved(self.table, upload.owner, reserved=-upload.bytes),
        )


def _not_pending(item: Item | None, upload_id: str) -> Exception:
    """Say why a session was not as its write wanted it."""
    if not item:
        return UploadNotFound(upload_id)
    status = text(item, "status")
    return UploadNotPending(
        f"Upload {upload_id} is {EXPIRED if status == PENDING else status}; only a pending upload "
        "takes this.",
        param="upload_id",
    )


def _sound_upload_of(item: Item) -> Upload:
    """Read a session's item; raises Damaged, also when its object is not its own."""
    owner, upload_id = text(item, "owner"), text(item, "id")
    with reading(owner, upload_id):
        upload = upload_of(item)
        must_be_sound(upload)
        whole(item, "bytes")
    return upload


def upload_of(item: Item) -> Upload:
    """Read a session's item; raises TypeError or ValueError."""
    return Upload(
        owner=text(item, "owner"),
        id=text(item, "id"),
        status=text(item, "status"),
        bytes=number(item, "bytes"),
        object_key=text(item, "object_key"),
        multipart_id=text(item, "multipart_id"),
        joined_as=text(item, "part_ids_digest") or None,
        file=text(item, "file") or None,
        **json.loads(text(item, "session")),
    )
