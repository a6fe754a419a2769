"""The quota: full is checked against the truth, and what has expired makes room."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lambdas.core.errors import (
    CatalogFull,
    QuotaExceeded,
    TooManyBytes,
    TooManyFiles,
    TooManyUploads,
)
from lambdas.core.limits import Limits
from lambdas.core.quota import Allowance, Amount, Quota, Usage
from tests.bed.environment import limits_as_json

NOW = 1_700_000_000.0
STAGE_QUOTA = 100
LIMITS = replace(
    Limits.from_json(limits_as_json()),
    quota_bytes=STAGE_QUOTA,
    files_per_owner=3,
    uploads_per_owner=2,
)


class OneUsage:
    """The usage of one owner, some of which has expired and is not released yet."""

    def __init__(self, held: Amount, *, expired: Amount | None = None, quota: int | None = None):
        self.held = held
        self.gone = expired or Amount()
        self.quota = quota
        self.releases = 0

    def usage(self, owner: str) -> Usage:
        return Usage(self.held, self.quota)

    def expired(self, owner: str, now: float) -> Amount:
        return self.gone

    def release_expired(self, owner: str, needed: Amount, now: float) -> Amount:
        self.releases += 1
        given, self.gone = self.gone, Amount()
        self.held -= given
        return given


def used(size: int) -> Amount:
    return Amount(used=size)


def room(store: OneUsage, needed: Amount, *, tolerance: int = 0) -> Allowance:
    return Quota(store, LIMITS).room_for(needed, "alice", NOW, tolerance=tolerance)


def test_what_fits_exactly_has_room() -> None:
    assert room(OneUsage(used(60)), used(40)).bytes == STAGE_QUOTA


def test_one_byte_more_has_none() -> None:
    with pytest.raises(TooManyBytes, match=r"60 of 100 bytes are used and this needs 41 more"):
        room(OneUsage(used(60)), used(41))


def test_what_may_go_beyond_the_quota_does_so_and_no_further() -> None:
    room(OneUsage(used(100)), used(5), tolerance=5)
    with pytest.raises(TooManyBytes, match=r"100 of 100 bytes are used and this needs 6 more"):
        room(OneUsage(used(100)), used(6), tolerance=5)


@pytest.mark.parametrize("quota", [0, 50, 1000])
def test_the_operator_s_quota_stands_above_the_stage_s(quota: int) -> None:
    store = OneUsage(Amount(), quota=quota)
    assert room(store, used(quota)).bytes == quota
    with pytest.raises(TooManyBytes):
        room(store, used(quota + 1))


def test_a_file_of_no_bytes_is_one_more_file() -> None:
    room(OneUsage(Amount(files=2)), Amount(files=1))
    with pytest.raises(TooManyFiles, match="at most 3 files"):
        room(OneUsage(Amount(files=3)), Amount(files=1))


def test_pending_uploads_are_counted() -> None:
    room(OneUsage(Amount(uploads=1)), Amount(uploads=1))
    with pytest.raises(TooManyUploads, match="at most 2 pending uploads"):
        room(OneUsage(Amount(uploads=2)), Amount(uploads=1))


def test_an_upload_needs_room_for_the_file_that_it_becomes() -> None:
    room(OneUsage(Amount(files=2)), Amount(uploads=1))
    with pytest.raises(TooManyFiles, match="at most 3 files"):
        room(OneUsage(Amount(files=3)), Amount(uploads=1))


def test_what_is_over_one_limit_hinders_nothing_that_needs_none_of_it() -> None:
    room(OneUsage(Amount(files=9)), Amount(used=1, reserved=1))
    room(OneUsage(Amount(uploads=9)), Amount(used=1, files=1))


@pytest.mark.parametrize(
    ("held", "expired", "needed"),
    [
        (used(90), used(50), used(40)),
        (Amount(files=3), Amount(files=1), Amount(files=1)),
        (Amount(uploads=2), Amount(uploads=2), Amount(uploads=1)),
    ],
    ids=["bytes", "files", "uploads"],
)
def test_what_has_expired_makes_room(held: Amount, expired: Amount, needed: Amount) -> None:
    store = OneUsage(held, expired=expired)
    room(store, needed)
    assert store.held == held - expired


def test_while_there_is_room_nothing_is_released() -> None:
    store = OneUsage(used(90), expired=used(50))
    room(store, used(10))
    assert store.releases == 0


def test_for_what_can_never_fit_nothing_is_released() -> None:
    store = OneUsage(used(90), expired=used(90))
    with pytest.raises(TooManyBytes):
        room(store, used(STAGE_QUOTA + 1))
    assert store.releases == 0


def test_a_commit_that_finds_the_room_taken_is_tried_once_more_without_the_expired() -> None:
    store = OneUsage(used(100), expired=used(100))

    def write(allowed: Allowance) -> str:
        if store.held.used:
            raise allowed.refusal(store.held, used(1))
        return "done"

    stale = Allowance(STAGE_QUOTA, files=3, uploads=2)
    assert Quota(store, LIMITS).commit(write, used(10), "alice", NOW, allowed=stale) == "done"


def test_a_commit_is_not_tried_again_when_nothing_could_be_released() -> None:
    tries = []

    def write(allowed: Allowance) -> None:
        tries.append(1)
        raise allowed.refusal(used(100), used(1))

    stale = Allowance(STAGE_QUOTA, files=3, uploads=2)
    with pytest.raises(QuotaExceeded):
        Quota(OneUsage(used(100)), LIMITS).commit(write, used(10), "alice", NOW, allowed=stale)
    assert len(tries) == 1


class FullCatalog:
    """Where a file or an upload is written once something has made room for its item."""

    def __init__(self, store: OneUsage) -> None:
        self.store = store

    def write(self, *_said: object) -> str:
        if not self.store.releases:
            raise CatalogFull
        return "written"


def committed(store: OneUsage, needed: Amount) -> str:
    return Quota(store, LIMITS).commit(FullCatalog(store).write, needed, "alice", NOW)


def committed_up_to(store: OneUsage, needed: Amount) -> str:
    write = FullCatalog(store).write
    return Quota(store, LIMITS).commit_up_to(write, needed.used, 1, "alice", NOW)


COMMITS = pytest.mark.parametrize("commit", [committed, committed_up_to])


@COMMITS
def test_what_has_expired_makes_room_in_a_full_catalog(
    commit: Callable[[OneUsage, Amount], str],
) -> None:
    store = OneUsage(Amount(used=10, files=1), expired=Amount(used=10, files=1))
    assert commit(store, used(5)) == "written"
    assert store.releases == 1


@COMMITS
def test_a_full_catalog_without_anything_expired_is_told(
    commit: Callable[[OneUsage, Amount], str],
) -> None:
    store = OneUsage(used(10))
    with pytest.raises(CatalogFull, match="Delete files, or wait until some expire"):
        commit(store, used(5))
    assert store.releases == 1
