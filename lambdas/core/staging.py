"""Staging: parts that come through the API wait in the bucket until their upload is completed.

S3 joins only parts of at least 5 MiB, so each part waits as an object of its own, and is copied
into S3's own parts to be joined. The copies take the bytes that the session reserved when it began.
The staged parts take as many bytes again, reserved when the first part comes, and a part that is
sent twice is counted twice, as is one of which DynamoDB's answer to the count was lost. So an owner
never has more in the bucket than the usage shows. The usage may exceed the quota by one part, so
that a small upload that just fits the quota can be sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.errors import (
    Busy,
    ContentTooLarge,
    InvalidRequest,
    TooManyBytes,
    UploadNotFound,
    UploadNotPending,
)
from lambdas.core.file import render
from lambdas.core.file_changes import ContentStore
from lambdas.core.quota import TIMES_OUTRUN, Amount, Quota
from lambdas.core.upload import Part, Upload, staged_key
from lambdas.core.upload_stores import StagedCountStore, UploadStore
from lambdas.core.uploads import get_upload

ADVICE = (
    " Parts that come through the API take room beside that of their upload until it is completed; "
    "parts sent to presigned URLs take none."
)


@dataclass(frozen=True, slots=True)
class Staging:
    """Where parts wait: the stores and the limits of a stage."""

    uploads: UploadStore
    counts: StagedCountStore
    contents: ContentStore
    quota: Quota

    def add_part(self, caller: Caller, upload_id: str, content: bytes, *, now: float) -> str:
        """Stage a part and return the Part as the API answers it.

        Raises InvalidRequest, PermissionDenied, UploadNotFound, UploadNotPending, ContentTooLarge,
        QuotaExceeded, and Busy or Unavailable.
        """
        upload = self.pending(caller, upload_id, now)
        if not content:
            raise InvalidRequest("Invalid 'data'. Allowed: at least one byte.", param="data")
        must_be_within(upload, len(content))
        self.take_room(upload, len(content), now)
        part_id = ids.new_id(ids.PART, now)
        object_key = staged_key(upload, part_id)
        try:
            checksum = self.contents.put(object_key, content)
        finally:  # even if storing failed: the part may be there, and only the answer was lost
            self.discard_unless_pending(upload, object_key, now)
        part = Part(part_id, len(content), ids.created_at(part_id), crc64nvme=checksum)
        return render(part.answer(upload_id))

    def pending(self, caller: Caller, upload_id: str, now: float) -> Upload:
        """Return a session that takes parts of this caller; raises what adding one would."""
        upload = get_upload(caller, upload_id, uploads=self.uploads, now=now)
        upload.must_be_written_by(caller)
        upload.must_take_parts()
        upload.must_be_pending(now)
        return upload

    def discard_unless_pending(self, upload: Upload, object_key: str, now: float) -> None:
        """Delete a part that came too late for the session's end to delete it, and raise."""
        try:
            self.uploads.get(upload.owner, upload.id).must_be_pending(now)
        except (UploadNotPending, UploadNotFound):
            self.contents.discard(object_key)
            raise

    def take_room(self, upload: Upload, size: int, now: float) -> None:
        """Count a part, and reserve what it needs in addition."""
        for _ in range(TIMES_OUTRUN):
            upload.must_be_pending(now)
            if upload.staged_parts >= (most := self.quota.limits.parts_per_upload):
                raise InvalidRequest(
                    f"An upload takes at most {most} parts, and those that were sent again count. "
                    "Cancel it and create another, with larger parts.",
                    param="data",
                )
            if self._count(upload, size, now):
                return
            upload = self.uploads.get(upload.owner, upload.id)
        raise Busy

    def must_have_room(self, upload: Upload, size: int, now: float) -> None:
        """Refuse a part for which there is no room now, before it comes; raises QuotaExceeded."""
        if upload.staged_bytes + size > upload.room_to_stage:
            more = self._more(upload, size)
            with _advised():
                self.quota.room_for(
                    Amount(used=more, reserved=more),
                    upload.owner,
                    now,
                    tolerance=self.quota.limits.inline_bytes,
                )

    def _more(self, upload: Upload, size: int) -> int:
        """Return how many bytes a part reserves in addition: the first, as many as all parts."""
        return size if upload.room_to_stage else max(size, upload.bytes)

    def _count(self, upload: Upload, size: int, now: float) -> bool:
        """Count a part; False when the session has changed since it was read."""
        most = self.quota.limits.parts_per_upload
        if upload.staged_bytes + size <= upload.room_to_stage:
            return self.counts.take_part(upload, size, most, now)
        more = self._more(upload, size)
        with _advised():
            return self.quota.commit(
                lambda allowed: self.counts.reserve_and_take_part(
                    upload, size, most, more, allowed, now
                ),
                Amount(used=more, reserved=more),
                upload.owner,
                now,
                tolerance=self.quota.limits.inline_bytes,
            )


@contextmanager
def _advised() -> Iterator[None]:
    try:
        yield
    except TooManyBytes as refusal:
        raise TooManyBytes(
            used=refusal.used, quota=refusal.quota, needed=refusal.needed, more_advice=ADVICE
        ) from None


def must_be_within(upload: Upload, size: int) -> None:
    """Refuse a part that is larger than all of its upload; raises ContentTooLarge."""
    if size > upload.bytes:
        raise ContentTooLarge(
            f"The part has {size} bytes and its upload was created for {upload.bytes} bytes.",
            param="data",
        )
