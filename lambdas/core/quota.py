"""The quota: how many bytes an owner may have stored and reserved."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lambdas.core.callers import Caller
from lambdas.core.errors import QuotaExceeded
from lambdas.core.file import render

T = TypeVar("T")

TIMES_OUTRUN = 5


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has now, in bytes; `used` is stored and reserved, no `quota` is the stage's."""

    used: int = 0
    reserved: int = 0
    files: int = 0
    quota: int | None = None


class UsageStore(Protocol):
    """Keeps each owner's usage."""

    def usage(self, owner: str) -> Usage:
        """Return the owner's usage as last committed; all zero for an owner never seen."""

    def expired(self, owner: str, now: float) -> Usage:
        """Sum up what of the usage is expired and not released yet."""

    def release_expired(self, owner: str, needed: int, now: float) -> int:
        """Remove what has expired until that gave so many bytes back, and return how many."""


def get_usage(caller: Caller, *, store: UsageStore, default: int, now: float) -> str:
    """Return an owner's usage as the API answers it, without what has expired, to the second."""
    usage = store.usage(caller.owner)
    gone = store.expired(caller.owner, now)
    stored = (usage.used - usage.reserved) - (gone.used - gone.reserved)
    return render(
        {
            "object": "usage",
            "bytes": max(0, stored),
            "reserved_bytes": max(0, usage.reserved - gone.reserved),
            "quota_bytes": default if usage.quota is None else usage.quota,
            "files": max(0, usage.files - gone.files),
        }
    )


def room_for(needed: int, owner: str, *, store: UsageStore, default: int, now: float) -> int:
    """Return the owner's quota if it has room for so many bytes, before any of them moves.

    Full is checked against the truth: what has expired is released first, since TTL may take
    days. Raises QuotaExceeded.
    """
    given = True
    while True:
        usage = store.usage(owner)
        quota = default if usage.quota is None else usage.quota
        missing = usage.used + needed - quota
        if missing <= 0:
            return quota
        # Once nothing is left to release, the usage is read once more: others may have released.
        if needed > quota or not given:
            raise QuotaExceeded(used=usage.used, quota=quota, needed=needed)
        given = store.release_expired(owner, missing, now) > 0


def commit_within_quota(
    commit: Callable[[], T],
    needed: int,
    owner: str,
    *,
    store: UsageStore,
    default: int,
    now: float,
) -> T:
    """Commit what takes bytes; when others took the room meanwhile, look for room again.

    Raises QuotaExceeded when there is none, or when others were faster every time.
    """
    for _ in range(TIMES_OUTRUN):
        try:
            return commit()
        except QuotaExceeded:
            room_for(needed, owner, store=store, default=default, now=now)
    return commit()
