"""Files too large to be held: the content of a `POST /files` is stored as it comes in.

The service makes an upload session for the client, and all works as for uploads: bytes are reserved
before they are stored, and one commit shows the file. If the client goes away or the process dies,
what was stored and reserved is given back when the session ends, after an hour and a minute; the
owner can see and cancel it before that.

A form may have fields after its content. The object's key names the file's life, so it begins
under the longest, and is copied within the bucket when a shorter life is given afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lambdas.core.callers import Caller
from lambdas.core.errors import Busy, ContentTooLarge, LarderError, PartsChanged, TooManyBytes
from lambdas.core.expiry import lifetime
from lambdas.core.file import object_key_of
from lambdas.core.file_changes import NewFile, must_fit
from lambdas.core.idempotency import Claim, ClaimStore, Sha256, fingerprint_of, idempotently
from lambdas.core.limits import Limits, in_words
from lambdas.core.purposes import BATCH_OUTPUT, writable_purpose
from lambdas.core.quota import Allowance, Amount, Quota
from lambdas.core.upload import COMPLETED, Part, Upload, digest_of, new_upload
from lambdas.core.upload_stores import MultipartStore, PartStore, Piece, UploadStore
from lambdas.core.uploads import cancel_upload

MIME_TYPE = "application/octet-stream"

# A form may take an hour to the fraction, and its session must not end first: by whole seconds, or
# by DynamoDB's clock.
SPARE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class FormStart:
    """What a form has before its content; a purpose of None may still come after it.

    By the request's length the content has `at_least` so many bytes and `at_most` so many, which
    is None where there is no length.
    """

    at_least: int
    at_most: int | None
    filename: str = ""
    purpose: str | None = None
    expires_after: object = None


@dataclass(frozen=True, slots=True)
class LargeFiles:
    """Where large files come in: the stores and the limits of a stage."""

    uploads: UploadStore
    claims: ClaimStore
    parts: PartStore
    objects: MultipartStore
    quota: Quota

    def must_be_allowed(self, caller: Caller, start: FormStart) -> None:
        """Refuse before the content comes what would be refused after it.

        Raises InvalidRequest, PermissionDenied and ContentTooLarge.
        """
        most = self._most_bytes(caller, start)
        lifetime(start.expires_after)
        if start.at_least > most:
            raise _too_large(most)

    def admit(self, caller: Caller, start: FormStart, now: float) -> None:
        """Refuse what `must_be_allowed` refuses, and what has no room; raises QuotaExceeded too."""
        self.must_be_allowed(caller, start)
        self.quota.room_for(Amount(used=start.at_least, files=1), caller.owner, now)

    def begin(self, caller: Caller, start: FormStart, now: float) -> Upload:
        """Reserve as many bytes as may come, or all the room that there is.

        Returns the session that takes them; raises as `admit` does, and Busy or Unavailable.
        """
        most = self._most_bytes(caller, start)
        assumed = BATCH_OUTPUT if caller.acting else self.quota.limits.upload_purposes[0]
        upload = new_upload(
            owner=caller.owner,
            filename=start.filename,
            purpose=start.purpose or assumed,
            mime_type=MIME_TYPE,
            size=min(most, start.at_most or most),
            seconds=lifetime(start.expires_after),
            limits=self.quota.limits,
            now=now,
        )
        multipart_id = self.objects.begin(upload.object_key)
        # `joined_as` is set from the beginning, so that nobody completes it with other parts.
        begun = replace(
            upload,
            by_form=True,
            joined_as=digest_of([upload.id]),
            multipart_id=multipart_id,
            expires_at=min(upload.expires_at + SPARE_SECONDS, upload.lasts_until),
        )
        try:
            return self.quota.commit_up_to(
                lambda size, allowed: self._reserve(begun, size, allowed),
                begun.bytes,
                start.at_least,
                caller.owner,
                now,
            )
        except LarderError:
            self.objects.discard(begun.object_key, multipart_id)
            self.abandon(caller, begun, now)  # it may have begun, with only the answer lost
            raise

    def _reserve(self, begun: Upload, size: int, allowed: Allowance) -> Upload:
        upload = replace(begun, bytes=size, reserved=size)
        self.uploads.add(upload, allowed, None, "")
        return upload

    def send(self, upload: Upload, piece: Piece, now: float) -> Part:
        """Store a piece of the content, for which there is room.

        Raises ContentTooLarge, QuotaExceeded, UploadNotPending when somebody has cancelled it,
        and Busy or Unavailable.
        """
        self._must_have_room(upload, piece.stop, now)
        try:
            return self.objects.send(upload.object_key, upload.multipart_id, piece)
        except PartsChanged:
            self.uploads.get(upload.owner, upload.id).must_be_pending(now)
            raise

    def _must_have_room(self, upload: Upload, size: int, now: float) -> None:
        """Refuse content beyond what is reserved."""
        if size <= upload.bytes:
            return
        most = self.quota.limits.file_bytes_of(upload.purpose)
        if size > most:
            raise _too_large(most)
        try:
            self.quota.room_for(Amount(used=size - upload.bytes), upload.owner, now)
        except TooManyBytes as refusal:
            others = refusal.used - upload.bytes
            raise TooManyBytes(used=others, quota=refusal.quota, needed=size) from None
        raise Busy  # there is room by now: the next try will have it

    def finish(
        self,
        caller: Caller,
        upload: Upload,
        new: NewFile,
        parts: Sequence[Part],
        content: Sha256 | None,
        *,
        now: float,
        idempotency_key: str | None = None,
    ) -> str:
        """Show the file once the whole form is in, and return the File as the API answers it.

        `content` is needed only with an idempotency key. Raises as creating any file does; then
        nothing is visible, and the session is to be abandoned.
        """
        size = sum(part.bytes for part in parts)
        purpose = writable_purpose(new.purpose, caller, self.quota.limits)
        seconds = lifetime(new.expires_after)
        must_fit(size, purpose, self.quota.limits)
        received = replace(
            upload, bytes=size, filename=new.filename, purpose=purpose, seconds=seconds
        )
        shown: list[str] = []

        def act(claim: Claim | None) -> str:
            shown.append(self._show(received, parts, claim, now))
            return shown[0]

        answer = idempotently(
            idempotency_key,
            "create_file",
            caller,
            lambda: fingerprint_of(new.filename, purpose, seconds, content=content),
            act,
            store=self.claims,
            now=now,
        )
        if not shown:  # this key had its answer already
            self.abandon(caller, upload, now)
        return answer

    def _show(
        self, received: Upload, parts: Sequence[Part], claim: Claim | None, now: float
    ) -> str:
        checksum = self._join(received, parts)
        stored = self._under_its_life(received)
        file = stored.becomes(checksum, now)
        completed = replace(
            stored, status=COMPLETED, expires_at=stored.lasts_until, file=file.rendered
        )
        self.uploads.complete(completed, file, claim, file.rendered, now)
        if stored.began_as:
            self.objects.discard(stored.began_as, stored.multipart_id)
        return file.rendered

    def _join(self, received: Upload, parts: Sequence[Part]) -> str:
        try:
            return self.parts.join(received, parts)
        except PartsChanged:  # also when it was joined, and the answer was lost
            checksum = self.parts.joined(received)
            if checksum is None:
                raise
            return checksum

    def _under_its_life(self, received: Upload) -> Upload:
        """Move the object to where the lifecycle rule for its file's life applies."""
        own = object_key_of(received.owner, received.id, received.seconds)
        if own == received.object_key:
            return received
        self.objects.copy(received.object_key, own, received.bytes)
        return replace(received, object_key=own, began_as=received.object_key)

    def abandon(self, caller: Caller, upload: Upload, now: float) -> None:
        """Give back everything of a form that becomes no file; if that fails, expiry does it.

        A commit whose answer was lost is safe: either it or this takes effect, never both.
        """
        try:
            cancel_upload(caller, upload.id, uploads=self.uploads, parts=self.parts, now=now)
        except LarderError:
            return

    def _most_bytes(self, caller: Caller, start: FormStart) -> int:
        """Return the most that the content may have; any purpose's while none is known."""
        limits = self.quota.limits
        if start.purpose is not None:
            return limits.file_bytes_of(writable_purpose(start.purpose, caller, limits))
        if caller.acting:
            return limits.file_bytes_of(BATCH_OUTPUT)
        return _most_of_any(limits)


def _most_of_any(limits: Limits) -> int:
    return max(limits.file_bytes_of(purpose) for purpose in limits.upload_purposes)


def _too_large(most: int) -> ContentTooLarge:
    return ContentTooLarge(
        f"The content is too large: a file may have at most {in_words(most)} ({most} bytes). "
        "Split it into several files.",
        param="file",
    )
