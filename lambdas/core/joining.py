"""Completing an upload: every part verified, joined once, and shown in one step.

The order is what makes it safe to repeat, after any lost answer and beside any other call:

1. The parts are verified.
2. The session is held to this choice of parts, so that no two completes join differently.
3. Staged parts are copied into S3's own, in the places of presigned ones, and S3 joins. Done
   before, its parts are gone and its object is there, which counts as done.
4. One transaction shows the file, ends the session and turns its reservation into use.

With an MD5, staged parts are copied before the session is held to them: until they have turned out
to have it, another order may be tried. From the first copy on presigned parts are no choice.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from lambdas.core.callers import Caller
from lambdas.core.chosen_parts import (
    chosen_parts,
    is_numbered,
    must_be_all_numbered,
    staged_in_order,
)
from lambdas.core.errors import InvalidRequest, PartsChanged
from lambdas.core.idempotency import Claim, ClaimStore, fingerprint_of, idempotently
from lambdas.core.upload import (
    CANCELLED,
    COMPLETED,
    Part,
    Upload,
    digest_of,
)
from lambdas.core.upload_stores import ChoiceStore, PartStore, UploadStore
from lambdas.core.uploads import get_upload

_MD5 = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class UploadCompletion:
    """Completes sessions: the stores that this takes."""

    uploads: UploadStore
    choices: ChoiceStore
    claims: ClaimStore
    parts: PartStore

    def complete_upload(
        self,
        caller: Caller,
        upload_id: str,
        *,
        part_ids: object,
        md5: object,
        now: float,
        idempotency_key: str | None = None,
    ) -> str:
        """Make the session's parts a file, in the order given, and return the Upload.

        Repeated with the same parts it answers as the first time; an `md5` that is given now is
        verified first, as it would have been then. Raises InvalidRequest naming the parameter,
        UploadNotFound, UploadNotPending, PartsChanged, CatalogFull, the idempotency errors, and
        Busy or Unavailable.
        """
        chosen = chosen_parts(part_ids)
        expected_md5 = _md5(md5)
        return idempotently(
            idempotency_key,
            f"complete_upload {upload_id}",
            caller,
            lambda: fingerprint_of(chosen, expected_md5),
            lambda claim: self._complete(caller, upload_id, chosen, expected_md5, claim, now),
            store=self.claims,
            now=now,
        )

    def _complete(
        self,
        caller: Caller,
        upload_id: str,
        part_ids: list[str],
        md5: str | None,
        claim: Claim | None,
        now: float,
    ) -> str:
        upload = get_upload(caller, upload_id, uploads=self.uploads, now=now)
        upload.must_be_written_by(caller)
        upload.must_take_parts()
        digest = digest_of(part_ids)
        if upload.was_joined_as(digest):
            return self._answered_before(upload, md5, claim, now)
        try:
            upload.must_be_pending(now)
            return self._join_and_show(upload, part_ids, md5, claim, now)
        except InvalidRequest:
            # Perhaps only because another call has completed or cancelled the session meanwhile.
            found = get_upload(caller, upload_id, uploads=self.uploads, now=now)
            if found.was_joined_as(digest):
                return self._answered_before(found, md5, claim, now)
            if found.status == CANCELLED:
                # No file will ever refer to the joined object. Of a session that is gone nobody
                # knows that: it may have become a file before it ended. The reaper knows.
                self.parts.discard(upload, keep_object=False)
            found.must_be_pending(now)
            raise

    def _answered_before(
        self, upload: Upload, md5: str | None, claim: Claim | None, now: float
    ) -> str:
        if md5 is not None:
            _must_match(md5, upload.md5 or self._md5_of(upload))
        if claim is not None:
            self.claims.unclaim(claim)
        return upload.answer(now)

    def _join_and_show(
        self,
        upload: Upload,
        part_ids: list[str],
        md5: str | None,
        claim: Claim | None,
        now: float,
    ) -> str:
        checksum = self._join(upload, part_ids, md5, now)
        file = upload.becomes(checksum, now)
        completed = replace(
            upload,
            status=COMPLETED,
            expires_at=upload.lasts_until,  # perhaps its first part came after the session was read
            joined_as=digest_of(part_ids),
            file=file.rendered,
            md5=md5,
        )
        answer = completed.answer(now)
        self.uploads.complete(completed, file, claim, answer, now)
        self.parts.discard(completed, keep_object=True)
        return answer

    def _join(self, upload: Upload, part_ids: list[str], md5: str | None, now: float) -> str:
        """Join what is verified, unless it is joined already, and return the CRC64NVME."""
        staged, digest = not is_numbered(part_ids[0]), digest_of(part_ids)
        parts = self._verified(upload, part_ids)
        # Only copying tells whether an MD5 is that of staged parts.
        if parts is not None and staged and md5 is not None:
            self.choices.begin_copying(upload, digest, now)
            parts = self._copied(upload, parts, md5)
        # From here on the session's object can only be made of these parts.
        self.choices.hold(upload, digest, now, staged=staged)
        if parts is not None and staged and md5 is None:
            parts = self._copied(upload, parts, None)
        is_verified = staged
        try:
            if parts is None:
                raise PartsChanged
            checksum = self.parts.join(upload, parts)
        except PartsChanged:
            found = self.parts.joined(upload)
            if found is None:
                raise
            checksum = found
            is_verified = False  # another call joined it, perhaps without an MD5
        if md5 is not None and not is_verified:
            _must_match(md5, self._md5_of(upload))
        return checksum

    def _verified(self, upload: Upload, part_ids: list[str]) -> list[Part] | None:
        """Return the chosen parts, all there, None when S3 takes no parts of the session any more.

        Then another call has joined them or cancelled the session.
        """
        numbered = self.parts.numbered(upload)
        if numbered is None:
            return None
        if is_numbered(part_ids[0]):
            must_be_all_numbered(upload, part_ids, numbered)
            return numbered
        return staged_in_order(upload, part_ids, self.parts.staged(upload))

    def _copied(self, upload: Upload, staged: list[Part], md5: str | None) -> list[Part] | None:
        """Copy staged parts into S3's own, which are returned, None when they are gone by now."""
        running = hashlib.md5(usedforsecurity=False) if md5 else None
        try:
            copied = self.parts.concatenate(upload, staged, running)
        except PartsChanged:
            return None
        if running is not None:
            _must_match(md5, running.hexdigest())
        return copied

    def _md5_of(self, upload: Upload) -> str:
        """Read a joined object once for its MD5: S3 keeps none of a multipart object."""
        running = hashlib.md5(usedforsecurity=False)
        try:
            self.parts.feed(upload, running)
        except PartsChanged:
            self.uploads.get(upload.owner, upload.id)  # gone when its file was deleted meanwhile
            raise
        return running.hexdigest()


def _md5(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _MD5.fullmatch(value):
        raise InvalidRequest("Invalid 'md5'. Allowed: 32 hexadecimal digits.", param="md5")
    return value.lower()


def _must_match(expected: str | None, found: str) -> None:
    if expected != found:
        raise InvalidRequest(
            f"The content's MD5 is {found} and 'md5' says {expected}.", param="md5"
        )
