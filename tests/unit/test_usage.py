"""The usage as it is told: without what has expired, and as it was at one moment."""

import json
from dataclasses import replace

import pytest

from lambdas.core.callers import Caller
from lambdas.core.quota import Amount, get_usage
from tests.unit.test_quota import LIMITS, NOW, STAGE_QUOTA, OneUsage


def test_usage_is_told_without_what_has_expired() -> None:
    store = OneUsage(
        Amount(used=90, reserved=30, files=3, uploads=2),
        expired=Amount(used=50, reserved=10, files=1, uploads=1),
    )
    answer = get_usage(Caller("alice"), store=store, limits=LIMITS, now=NOW)
    assert json.loads(answer) == {
        "object": "usage",
        "owner": "alice",
        "bytes": 20,
        "reserved_bytes": 20,
        "quota_bytes": STAGE_QUOTA,
        "files": 2,
        "uploads": 1,
        "limits": {
            "file_bytes": 512 * 2**20,
            "batch_bytes": 200 * 2**20,
            "batch_requests": 50_000,
            "purposes": {"batch": 200 * 2**20},
        },
    }


def test_what_users_may_upload_is_told_by_purpose_with_the_most_of_each() -> None:
    limits = replace(
        LIMITS, upload_purposes=("batch", "fine-tune"), purpose_bytes={"fine-tune": 5, "batch": 3}
    )
    answer = get_usage(Caller("alice"), store=OneUsage(Amount()), limits=limits, now=NOW)
    assert json.loads(answer)["limits"]["purposes"] == {"batch": 3, "fine-tune": 5}


class ChangingUsage(OneUsage):
    """One of which something is released before what has expired is summed up, so many times."""

    def __init__(self, held: Amount, *, expired: Amount, times: int) -> None:
        super().__init__(held, expired=expired)
        self.times = times
        self.sums = 0

    def expired(self, owner: str, now: float) -> Amount:
        self.sums += 1
        if self.times:
            self.times -= 1
            one = Amount(used=1, files=1)
            self.held, self.gone = self.held - one, self.gone - one
        return self.gone


@pytest.mark.parametrize("times", [0, 1, 2, 4])
def test_a_usage_is_told_as_it_was_at_one_moment(times: int) -> None:
    store = ChangingUsage(Amount(used=30, files=9), expired=Amount(used=10, files=5), times=times)
    answer = json.loads(usage_told_by(store))
    assert (answer["bytes"], answer["files"]) == (20, 4)


def test_a_usage_that_never_stands_still_is_told_all_the_same() -> None:
    store = ChangingUsage(Amount(used=300, files=90), expired=Amount(used=100, files=50), times=100)
    assert 200 <= json.loads(usage_told_by(store))["bytes"] <= 201


def test_what_takes_long_to_sum_up_is_summed_up_once() -> None:
    much = Amount(used=3000, files=2000)
    store = ChangingUsage(much, expired=much, times=9)
    usage_told_by(store)
    assert store.sums == 1


def test_usage_is_never_told_as_negative() -> None:
    # Where much has expired, the two reads are not one: a release may come between them.
    store = OneUsage(Amount(), expired=Amount(used=50, reserved=10, files=1, uploads=1))
    answer = json.loads(usage_told_by(store))
    amounts = [answer[name] for name in ("bytes", "reserved_bytes", "files", "uploads")]
    assert amounts == [0, 0, 0, 0]


def usage_told_by(store: OneUsage) -> str:
    return get_usage(Caller("alice"), store=store, limits=LIMITS, now=NOW)
