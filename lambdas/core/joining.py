"""Completing an upload: every part verified, joined once, and shown in one step.

The order is what makes it safe to repeat, after any lost answer and beside any other call:

1. The parts are verified; staged ones are copied into S3's own.
2. The session is held to this choice of parts, so that no two completes join differently.
3. S3 joins. Done before, its parts are gone and its object is there, which counts as done.
4. One transaction shows the file, ends the session and turns its reservation into use.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.errors import (
    InvalidRequest,
    PartsChanged,
    UploadNotFound,
    UploadNotPending,
)
from lambdas.core.file import new_file
from lambdas.core.idempotency import Claim, ClaimStore, fingerprint_of, once
from lambdas.core.upload import (
    CANCELLED,
    COMPLETED,
    MOST_PARTS,
    Part,
    Upload,
    digest_of,
    part_id_of,
)
from lambdas.core.upload_stores import PartStore, UploadStore
from lambdas.core.uploads import get_upload

_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_NUMBERED = re.compile(r"part_[0-9]{5}")


@dataclass(frozen=True, slots=True)
class Joiner:
    """Where sessions end: the stores that they end in."""

    uploads: UploadStore
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

        Repeated with the same parts it answers as the first time. Raises InvalidRequest naming
        the parameter, UploadNotFound, UploadNotPending, PartsChanged, the idempotency errors, and
        Busy or Unavailable.
        """
        chosen = _part_ids(part_ids)
        expected_md5 = _md5(md5)
        upload = get_upload(caller, upload_id, uploads=self.uploads)
        upload.must_be_written_by(caller)
        return once(
            idempotency_key,
            f"complete_upload {upload_id}",
            caller.owner,
            lambda: fingerprint_of(chosen, expected_md5),
            lambda claim: self._complete(upload, chosen, expected_md5, claim, now),
            store=self.claims,
            now=now,
        )

    def _complete(
        self,
        upload: Upload,
        part_ids: list[str],
        md5: str | None,
        claim: Claim | None,
        now: float,
    ) -> str:
        digest = digest_of(part_ids)
        try:
            if upload.status == COMPLETED and upload.joined_as == digest:
                return self._answered_before(upload, claim, now)
            upload.must_be_pending(now)
            return self._join_and_show(upload, part_ids, md5, claim, now)
        except (UploadNotPending, PartsChanged):
            found = self.uploads.get(upload.owner, upload.id)
            if found.status == COMPLETED and found.joined_as == digest:
                return self._answered_before(found, claim, now)
            if found.status == CANCELLED:
                # For good: no file will ever refer to what was joined.
                self.parts.discard(upload, keep_object=False)
            found.must_be_pending(now)
            raise
        except UploadNotFound:
            self.parts.discard(upload, keep_object=False)
            raise

    def _answered_before(self, upload: Upload, claim: Claim | None, now: float) -> str:
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
        file = new_file(
            owner=upload.owner,
            filename=upload.filename,
            purpose=upload.purpose,
            size=upload.bytes,
            seconds=upload.seconds,
            now=now,
            object_key=upload.object_key,
            crc64nvme=checksum,
        )
        completed = replace(
            upload, status=COMPLETED, joined_as=digest_of(part_ids), file=file.rendered
        )
        answer = completed.answer(now)
        self.uploads.complete(completed, file, claim, answer, now)
        self.parts.discard(completed, keep_object=True)
        return answer

    def _join(self, upload: Upload, part_ids: list[str], md5: str | None, now: float) -> str | None:
        """Join what is verified, unless it is joined already, and return the CRC64NVME."""
        numbered = self.parts.numbered(upload)
        verified = md5 is None
        if numbered is not None and _NUMBERED.fullmatch(part_ids[0]):
            _must_be_all_numbered(upload, part_ids, numbered)
        elif numbered is not None:
            staged = _staged_in_order(upload, part_ids, self.parts.staged(upload))
            numbered = self._copy(upload, staged, md5)
            verified = True
        # From here on the session's object, once it is there, holds these parts and no others.
        self.uploads.hold(upload, digest_of(part_ids), now)
        try:
            if numbered is None:
                raise PartsChanged
            checksum = self.parts.join(upload, numbered)
        except PartsChanged:
            found = self.parts.joined(upload)
            if found is None or found[0] != upload.bytes:
                raise
            checksum = found[1]
            verified = md5 is None
        if not verified:
            self._verify_joined(upload, md5)
        return checksum

    def _copy(self, upload: Upload, staged: list[Part], md5: str | None) -> list[Part]:
        running = hashlib.md5(usedforsecurity=False) if md5 else None
        copied = self.parts.concatenate(upload, staged, running)
        if running is not None:
            _must_match(md5, running.hexdigest())
        return copied

    def _verify_joined(self, upload: Upload, md5: str | None) -> None:
        """Read a joined object once to verify its MD5: S3 keeps none of a multipart object."""
        running = hashlib.md5(usedforsecurity=False)
        self.parts.feed(upload, running)
        _must_match(md5, running.hexdigest())


def _part_ids(value: object) -> list[str]:
    strings = value if isinstance(value, list) else []
    good = all(
        isinstance(part_id, str) and (_NUMBERED.fullmatch(part_id) or ids.is_id(ids.PART, part_id))
        for part_id in strings
    )
    if not strings or not good or len(strings) > MOST_PARTS or len(set(strings)) < len(strings):
        raise InvalidRequest(
            f"Invalid 'part_ids'. Allowed: 1 to {MOST_PARTS} different ids of this upload's parts.",
            param="part_ids",
        )
    if len({bool(_NUMBERED.fullmatch(part_id)) for part_id in strings}) > 1:
        raise InvalidRequest(
            "Invalid 'part_ids'. Parts sent to presigned URLs and parts sent to the API cannot be "
            "mixed in one file.",
            param="part_ids",
        )
    return strings


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


def _must_be_all_numbered(upload: Upload, part_ids: list[str], numbered: Sequence[Part]) -> None:
    """Refuse presigned parts unless they are all there, whole and in their own order."""
    wanted = [part_id_of(number) for number in range(1, upload.part_count + 1)]
    if part_ids != wanted:
        raise InvalidRequest(
            f"Invalid 'part_ids'. Allowed: all presigned parts in the order of their numbers, "
            f"'{wanted[0]}' to '{wanted[-1]}'.",
            param="part_ids",
        )
    bytes_of = {part.id: part.bytes for part in numbered}
    for number, part_id in enumerate(wanted, start=1):
        if bytes_of.get(part_id) != upload.bytes_of_part(number):
            raise InvalidRequest(
                f"Part '{part_id}' has not arrived whole: {bytes_of.get(part_id, 0)} of "
                f"{upload.bytes_of_part(number)} bytes.",
                param="part_ids",
            )


def _staged_in_order(upload: Upload, part_ids: list[str], staged: Sequence[Part]) -> list[Part]:
    """Return the chosen parts; raises InvalidRequest when one is missing or the sum differs."""
    found = {part.id: part for part in staged}
    for part_id in part_ids:
        if part_id not in found:
            raise InvalidRequest(f"No such part of this upload: '{part_id}'.", param="part_ids")
    chosen = [found[part_id] for part_id in part_ids]
    total = sum(part.bytes for part in chosen)
    if total != upload.bytes:
        raise InvalidRequest(
            f"The parts have {total} bytes together and the upload was created for "
            f"{upload.bytes} bytes.",
            param="part_ids",
        )
    return chosen
