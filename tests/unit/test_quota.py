"""The quota: full is checked against the truth, and expired bytes make room."""

import json

import pytest

from lambdas.core.callers import Caller
from lambdas.core.errors import QuotaExceeded
from lambdas.core.quota import Usage, commit_within_quota, get_usage, room_for

NOW = 1_700_000_000.0
STAGE_QUOTA = 100


class OneUsage:
    """The usage of one owner, some of which has expired and is not released yet."""

    def __init__(self, usage: Usage, expired: Usage | None = None) -> None:
        self.held = usage
        self.gone = expired or Usage()
        self.releases = 0

    def usage(self, owner: str) -> Usage:
        return self.held

    def expired(self, owner: str, now: float) -> Usage:
        return self.gone

    def release_expired(self, owner: str, needed: int, now: float) -> int:
        self.releases += 1
        given, self.gone = self.gone.used, Usage()
        self.held = Usage(used=self.held.used - given, quota=self.held.quota)
        return given


def room(store: OneUsage, needed: int) -> int:
    return room_for(needed, "alice", store=store, default=STAGE_QUOTA, now=NOW)


def test_what_fits_exactly_has_room() -> None:
    assert room(OneUsage(Usage(used=60)), needed=40) == STAGE_QUOTA


def test_one_byte_more_has_none() -> None:
    with pytest.raises(QuotaExceeded, match=r"60 of 100 bytes are used and this needs 41 more"):
        room(OneUsage(Usage(used=60)), needed=41)


@pytest.mark.parametrize("quota", [0, 50, 1000])
def test_the_operator_s_quota_stands_above_the_stage_s(quota: int) -> None:
    store = OneUsage(Usage(used=0, quota=quota))
    assert room(store, needed=quota) == quota
    with pytest.raises(QuotaExceeded):
        room(store, needed=quota + 1)


def test_what_has_expired_makes_room() -> None:
    store = OneUsage(Usage(used=90), expired=Usage(used=50))
    room(store, needed=40)
    assert store.held.used == 40


def test_while_there_is_room_nothing_is_released() -> None:
    store = OneUsage(Usage(used=90), expired=Usage(used=50))
    room(store, needed=10)
    assert store.releases == 0


def test_for_what_can_never_fit_nothing_is_released() -> None:
    store = OneUsage(Usage(used=90), expired=Usage(used=90))
    with pytest.raises(QuotaExceeded):
        room(store, needed=STAGE_QUOTA + 1)
    assert store.releases == 0


def test_a_commit_that_finds_the_room_taken_is_tried_once_more_without_the_expired() -> None:
    store = OneUsage(Usage(used=100), expired=Usage(used=100))

    def commit() -> str:
        if store.held.used:
            raise QuotaExceeded(used=store.held.used, quota=100, needed=1)
        return "done"

    assert (
        commit_within_quota(commit, 10, "alice", store=store, default=STAGE_QUOTA, now=NOW)
        == "done"
    )


def test_a_commit_is_not_tried_again_when_nothing_could_be_released() -> None:
    tries = []

    def commit() -> None:
        tries.append(1)
        raise QuotaExceeded(used=100, quota=100, needed=1)

    with pytest.raises(QuotaExceeded):
        commit_within_quota(
            commit, 10, "alice", store=OneUsage(Usage(used=100)), default=STAGE_QUOTA, now=NOW
        )
    assert len(tries) == 1


def test_usage_is_told_without_what_has_expired() -> None:
    store = OneUsage(
        Usage(used=90, reserved=30, files=3), expired=Usage(used=50, reserved=10, files=1)
    )
    answer = get_usage(Caller("alice"), store=store, default=STAGE_QUOTA, now=NOW)
    assert json.loads(answer) == {
        "object": "usage",
        "bytes": 20,
        "reserved_bytes": 20,
        "quota_bytes": STAGE_QUOTA,
        "files": 2,
    }


def test_usage_is_never_told_as_negative() -> None:
    # The two reads are not one: a release may come between them.
    store = OneUsage(Usage(), expired=Usage(used=50, reserved=10, files=1))
    answer = json.loads(get_usage(Caller("alice"), store=store, default=STAGE_QUOTA, now=NOW))
    assert (answer["bytes"], answer["reserved_bytes"], answer["files"]) == (0, 0, 0)
