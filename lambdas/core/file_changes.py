"""The rules of creating and deleting files: one is complete before it is seen."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.errors import ContentTooLarge, FileNotFound, LarderError, Unavailable
from lambdas.core.expiry import lifetime
from lambdas.core.file import File, new_file, render
from lambdas.core.idempotency import Claim, ClaimStore, fingerprint_of, idempotently
from lambdas.core.limits import Limits, in_words
from lambdas.core.purposes import writable_purpose
from lambdas.core.quota import Allowance, Amount, Quota


class FileChangeStore(Protocol):
    """Adds and removes files, and moves their owner's usage in the same step."""

    def add(self, file: File, allowed: Allowance, claim: Claim | None) -> None:
        """Show the file and take its bytes from the quota, all or nothing.

        Done again for the same file, it is done once. Raises QuotaExceeded when it does not fit,
        Busy when nothing was done, Unavailable when that is unknown.
        """

    def remove(self, owner: str, file_id: str, now: float) -> None:
        """Hide the file and give its bytes back, all or nothing; raises FileNotFound."""


class ContentStore(Protocol):
    """Keeps the bytes of files."""

    def put(self, object_key: str, content: bytes) -> str:
        """Store bytes durably, whole or not at all, and return their CRC64NVME in base64."""

    def discard(self, object_key: str) -> None:
        """Delete an object that nothing refers to; on failure the lifecycle rule will."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a caller says of a file to create: unchecked, but for the filename."""

    filename: str
    purpose: object
    expires_after: object


@dataclass(frozen=True, slots=True)
class FileCreation:
    """Creates files: the stores and the limits of a stage."""

    files: FileChangeStore
    claims: ClaimStore
    contents: ContentStore
    quota: Quota

    @property
    def limits(self) -> Limits:
        """The stage's."""
        return self.quota.limits

    def create_file(
        self,
        caller: Caller,
        new: NewFile,
        content: bytes,
        *,
        now: float,
        idempotency_key: str | None = None,
    ) -> str:
        """Store content as a new file and return the File as the API answers it.

        Raises InvalidRequest, PermissionDenied, ContentTooLarge, QuotaExceeded, the idempotency
        errors, and Busy or Unavailable.
        """
        purpose = writable_purpose(new.purpose, caller, self.limits)
        seconds = lifetime(new.expires_after)
        must_fit(len(content), purpose, self.limits)
        file = new_file(
            owner=caller.owner,
            filename=new.filename,
            purpose=purpose,
            size=len(content),
            seconds=seconds,
            now=now,
        )
        return idempotently(
            idempotency_key,
            "create_file",
            caller,
            lambda: fingerprint_of(new.filename, purpose, seconds, content=sha256(content)),
            lambda claim: self._store(file, content, claim, now),
            store=self.claims,
            now=now,
        )

    def _store(self, file: File, content: bytes, claim: Claim | None, now: float) -> str:
        """Put the bytes, then commit: nothing is visible before, nothing is missing after."""
        needed = Amount(used=file.bytes, files=1)
        allowed = self.quota.room_for(needed, file.owner, now)
        stored = replace(file, crc64nvme=self.contents.put(file.object_key, content))
        try:
            self.quota.commit(
                lambda allowed: self.files.add(stored, allowed, claim),
                needed,
                file.owner,
                now,
                allowed=allowed,
            )
        except Unavailable:
            # An unknown outcome is not a failure: the file may be visible, so its bytes stay.
            raise
        except LarderError:
            self.contents.discard(file.object_key)
            raise
        return stored.rendered


def must_fit(size: int, purpose: str, limits: Limits, *, param: str = "file") -> None:
    """Refuse content over its purpose's limit; raises ContentTooLarge naming the limit."""
    limit = limits.file_bytes_of(purpose)
    if size > limit:
        raise ContentTooLarge(
            f"The content has {size} bytes and a file with purpose '{purpose}' may have at most "
            f"{in_words(limit)} ({limit} bytes). Split it into several files.",
            param=param,
        )


def delete_file(caller: Caller, file_id: str, *, files: FileChangeStore, now: float) -> str:
    """Delete an owner's file, give its quota back at once, and return the API's answer.

    The bytes follow: the catalog's stream tells the reaper. Raises FileNotFound.
    """
    caller.must_be_the_owner()
    if not ids.is_id(ids.FILE, file_id):
        raise FileNotFound(file_id)
    files.remove(caller.owner, file_id, now)
    return render({"id": file_id, "object": "file", "deleted": True})
