"""The rules of uploads, but for joining: reserve first, take parts, give back what is left."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.errors import (
    InvalidRequest,
    LarderError,
    Unavailable,
    UploadNotFound,
    UploadNotPending,
)
from lambdas.core.expiry import lifetime_in
from lambdas.core.file import render
from lambdas.core.file_changes import must_fit
from lambdas.core.filenames import clean_filename
from lambdas.core.idempotency import Claim, ClaimStore, fingerprint_of, idempotently
from lambdas.core.limits import Limits
from lambdas.core.pages import Page, PageRequest, fill
from lambdas.core.purposes import writable_purpose
from lambdas.core.quota import Amount, Quota
from lambdas.core.upload import CANCELLED, Upload, new_upload
from lambdas.core.upload_stores import PartStore, UploadStore

_MIME_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(;[ -~]{1,200})?")


@dataclass(frozen=True, slots=True)
class UploadCreation:
    """Begins sessions: the stores and the limits of a stage."""

    uploads: UploadStore
    claims: ClaimStore
    parts: PartStore
    quota: Quota

    @property
    def limits(self) -> Limits:
        """The stage's."""
        return self.quota.limits

    def create_upload(
        self,
        caller: Caller,
        body: Mapping[str, Any],
        *,
        now: float,
        idempotency_key: str | None = None,
    ) -> str:
        """Begin a session, with its bytes reserved, and return the Upload as the API answers it.

        A client without room is refused before it sends its bytes. Raises InvalidRequest,
        PermissionDenied, ContentTooLarge, QuotaExceeded, the idempotency errors, and Busy or
        Unavailable.
        """
        size = _size(body.get("bytes"))
        purpose = writable_purpose(body.get("purpose"), caller, self.limits)
        must_fit(size, purpose, self.limits, param="bytes")
        upload = new_upload(
            owner=caller.owner,
            filename=_filename(body.get("filename")),
            purpose=purpose,
            mime_type=_mime_type(body.get("mime_type")),
            size=size,
            seconds=lifetime_in(body),
            limits=self.limits,
            now=now,
        )
        return idempotently(
            idempotency_key,
            "create_upload",
            caller,
            lambda: fingerprint_of(dict(body)),
            lambda claim: self._begin(upload, claim, now),
            store=self.claims,
            now=now,
        )

    def _begin(self, upload: Upload, claim: Claim | None, now: float) -> str:
        needed = Amount(used=upload.bytes, reserved=upload.bytes, uploads=1)
        allowed = self.quota.room_for(needed, upload.owner, now)
        begun = replace(upload, multipart_id=self.parts.begin(upload.object_key))
        answer = begun.answer(now)
        try:
            self.quota.commit(
                lambda allowed: self.uploads.add(begun, allowed, claim, answer),
                needed,
                begun.owner,
                now,
                allowed=allowed,
            )
        except Unavailable:
            raise  # the session may have begun
        except LarderError:
            self.parts.discard(begun, keep_object=False)
            raise
        return answer


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidRequest("Invalid 'bytes'. Allowed: an integer of at least 1.", param="bytes")
    return value


def _filename(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidRequest("Invalid 'filename'. Allowed: a string.", param="filename")
    return clean_filename(value, param="filename")


def _mime_type(value: object) -> str:
    if not isinstance(value, str) or not _MIME_TYPE.fullmatch(value):
        raise InvalidRequest(
            "Invalid 'mime_type'. Allowed: a media type such as 'application/jsonl'.",
            param="mime_type",
        )
    return value


def get_upload(caller: Caller, upload_id: str, *, uploads: UploadStore, now: float) -> Upload:
    """Return an owner's session; raises UploadNotFound, the same whatever the reason is.

    A completed session is found as long as its file, even if TTL has not removed it yet.
    """
    if not ids.is_id(ids.UPLOAD, upload_id):
        raise UploadNotFound(upload_id)
    upload = uploads.get(caller.owner, upload_id)
    if upload.has_ended_at(now):
        raise UploadNotFound(upload_id)
    return upload


def list_uploads(caller: Caller, page: PageRequest, *, uploads: UploadStore, now: float) -> Page:
    """Return a page of an owner's sessions, by the time of their beginning."""
    found = uploads.page(caller.owner, page)
    shown = (upload for upload in found if not upload.has_ended_at(now))
    return fill(([(upload.id, upload.answer(now))] for upload in shown), page.limit)


def list_parts(
    caller: Caller, upload_id: str, *, uploads: UploadStore, parts: PartStore, now: float
) -> Page:
    """Return the parts that have arrived, for whoever resumes a pending session.

    None of what had arrived is missing: from when S3 joins them on they are not told at all.
    Raises UploadNotFound, UploadNotPending, and Busy or Unavailable.
    """
    upload = get_upload(caller, upload_id, uploads=uploads, now=now)
    upload.must_be_pending(now)
    numbered, staged = parts.numbered(upload), parts.staged(upload)
    # What has ended it meanwhile has discarded them.
    uploads.get(caller.owner, upload_id).must_be_pending(now)
    if numbered is None:
        raise UploadNotPending(
            f"Upload {upload_id} is being completed: its parts are joined, and its file is not "
            "shown yet. Complete it with the same parts, or cancel it.",
            param="upload_id",
        )
    arrived = [*numbered, *staged]
    return Page([(part.id, render(part.answer(upload_id))) for part in arrived], has_more=False)


def cancel_upload(
    caller: Caller, upload_id: str, *, uploads: UploadStore, parts: PartStore, now: float
) -> str:
    """Cancel a pending session, give everything back and return the Upload; may be repeated."""
    upload = get_upload(caller, upload_id, uploads=uploads, now=now)
    upload.must_be_written_by(caller)
    if upload.status != CANCELLED:
        try:
            upload = uploads.cancel(upload, now)
        except UploadNotPending:
            upload = get_upload(caller, upload_id, uploads=uploads, now=now)
            if upload.status != CANCELLED:
                raise
        # No call can complete the session any more, so a joined object is not needed either.
        parts.discard(upload, keep_object=False)
    return upload.answer(now)
