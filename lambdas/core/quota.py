"""The quota: how many bytes, files and pending uploads an owner may have."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

from lambdas.core.callers import Caller
from lambdas.core.errors import (
    Busy,
    CatalogFull,
    QuotaExceeded,
    TooManyBytes,
    TooManyFiles,
    TooManyUploads,
)
from lambdas.core.file import render
from lambdas.core.limits import Limits

T = TypeVar("T")

TIMES_OUTRUN = 5

MANY_EXPIRED = 1000
"""Files and uploads of which the sum is not worth a second look: some pages of DynamoDB's."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What an owner has, or one thing takes of it: `used` is bytes stored and reserved.

    `uploads` are the pending ones, which hold the `reserved` bytes.
    """

    used: int = 0
    reserved: int = 0
    files: int = 0
    uploads: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(*(left + right for left, right in self._beside(other)))

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(*(left - right for left, right in self._beside(other)))

    def without(self, other: "Amount") -> "Amount":
        """Subtract, but go below zero in nothing."""
        return Amount(*(max(0, left - right) for left, right in self._beside(other)))

    def __bool__(self) -> bool:
        """Whether it is anything at all."""
        return self != Amount()

    def _beside(self, other: "Amount") -> list[tuple[int, int]]:
        names = [field.name for field in fields(Amount)]
        return [(getattr(self, name), getattr(other, name)) for name in names]


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has now; a `quota` of None means the stage's."""

    held: Amount = Amount()
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that an owner may have: `bytes` is the quota, `tolerance` what may be above it."""

    bytes: int
    files: int
    uploads: int
    tolerance: int = 0

    def missing(self, held: Amount, needed: Amount) -> Amount:
        """Return what would have to go first; nothing when there is room.

        An upload needs room for the file that it becomes.
        """
        files = max(needed.files, needed.uploads)
        return Amount(
            used=max(0, held.used + needed.used - self.bytes - self.tolerance),
            files=max(0, held.files + files - self.files) if files else 0,
            uploads=max(0, held.uploads + needed.uploads - self.uploads) if needed.uploads else 0,
        )

    def refusal(self, held: Amount, needed: Amount) -> QuotaExceeded:
        """Say what there is no room for."""
        missing = self.missing(held, needed)
        if missing.files:
            return TooManyFiles(self.files)
        if missing.uploads:
            return TooManyUploads(self.uploads)
        return TooManyBytes(used=held.used, quota=self.bytes, needed=needed.used)


class UsageStore(Protocol):
    """Keeps each owner's usage."""

    def usage(self, owner: str) -> Usage:
        """Return the owner's usage as last committed; all zero for an unknown owner."""

    def expired(self, owner: str, now: float) -> Amount:
        """Sum up what of the usage is expired and not released yet."""

    def release_expired(self, owner: str, needed: Amount, now: float) -> Amount:
        """Remove expired things until so much is given back; return how much was given back."""


def get_usage(caller: Caller, *, store: UsageStore, limits: Limits, now: float) -> str:
    """Return an owner's usage as the API answers it, without what has expired, to the second.

    What the stage allows of one file is with it, by each purpose that users may upload with, so
    that clients need not try.
    """
    usage, expired = _read_at_once(store, caller.owner, now)
    left = usage.held.without(expired)
    return render(
        {
            "object": "usage",
            "owner": caller.owner,
            "bytes": max(0, left.used - left.reserved),
            "reserved_bytes": left.reserved,
            "quota_bytes": limits.quota_bytes if usage.quota is None else usage.quota,
            "files": left.files,
            "uploads": left.uploads,
            "limits": {
                "file_bytes": limits.file_bytes,
                "batch_bytes": limits.file_bytes_of("batch"),
                "batch_requests": limits.batch_requests,
                "purposes": {name: limits.file_bytes_of(name) for name in limits.upload_purposes},
            },
        }
    )


def _read_at_once(store: UsageStore, owner: str, now: float) -> tuple[Usage, Amount]:
    """Read a usage, and what of it has expired, as both were at one moment.

    No one read has both, and something may be released between two. So the one that is read
    between two equal reads of the other counts. Where much has expired, its sum takes seconds, and
    changes all the time: that is told as it was found.
    """
    usage, expired = store.usage(owner), store.expired(owner, now)
    for _ in range(TIMES_OUTRUN):
        if expired.files + expired.uploads > MANY_EXPIRED or (found := store.usage(owner)) == usage:
            break
        usage, before, expired = found, expired, store.expired(owner, now)
        if expired == before:
            break
    return usage, expired


@dataclass(frozen=True, slots=True)
class Quota:
    """The rule that nobody takes more than allowed; `limits` are the stage's."""

    store: UsageStore
    limits: Limits

    def room_for(self, needed: Amount, owner: str, now: float, *, tolerance: int = 0) -> Allowance:
        """Return what the owner may have if there is room, before any byte moves.

        Before it is refused, what has expired is released, since TTL may take days. Raises
        QuotaExceeded.
        """
        given = True
        while True:
            usage = self.store.usage(owner)
            quota = self.limits.quota_bytes if usage.quota is None else usage.quota
            allowed = Allowance(
                quota, self.limits.files_per_owner, self.limits.uploads_per_owner, tolerance
            )
            missing = allowed.missing(usage.held, needed)
            if not missing:
                return allowed
            # When nothing was released here, another request may have released it: read once more.
            if allowed.missing(Amount(), needed) or not given:
                raise allowed.refusal(usage.held, needed)
            given = bool(self.store.release_expired(owner, missing, now))

    def commit_up_to(
        self,
        write: Callable[[int, Allowance], T],
        most: int,
        least: int,
        owner: str,
        now: float,
    ) -> T:
        """Begin an upload that takes so many bytes, or as many as there is room for.

        `write` gets the number of bytes. Where the catalog is full, what has expired is
        removed from it. Raises QuotaExceeded when there is no room for the least.
        """
        size = most
        for _ in range(TIMES_OUTRUN):
            needed = Amount(used=size, reserved=size, uploads=1)
            try:
                return write(size, self.room_for(needed, owner, now))
            except CatalogFull:
                if not self.store.release_expired(owner, needed, now):
                    raise
            except TooManyBytes as refusal:
                # Nothing was released if the upload is larger than the whole quota.
                left = refusal.quota - (refusal.used if size <= refusal.quota else 0)
                if left < max(least, 1):
                    raise TooManyBytes(
                        used=refusal.used, quota=refusal.quota, needed=max(least, 1)
                    ) from None
                size = min(most, left)
        raise Busy

    def commit(
        self,
        write: Callable[[Allowance], T],
        needed: Amount,
        owner: str,
        now: float,
        *,
        allowed: Allowance | None = None,
        tolerance: int = 0,
    ) -> T:
        """Write what takes room; when other requests took that room first, try again.

        Where the catalog is full, what has expired is removed from it. Raises QuotaExceeded when
        there is no room, or when other requests were faster every time.
        """
        for _ in range(TIMES_OUTRUN):
            allowed = allowed or self.room_for(needed, owner, now, tolerance=tolerance)
            try:
                return write(allowed)
            except CatalogFull:
                if not self.store.release_expired(owner, needed, now):
                    raise
            except QuotaExceeded:
                allowed = None
        return write(self.room_for(needed, owner, now, tolerance=tolerance))
