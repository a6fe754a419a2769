"""Whatever meets, the invariants hold, and what everyone was told is linearizable."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.conflicts import Conflicts
from tests.bed.environment import CATALOG_TABLE
from tests.bed.invariants import leftovers, violations
from tests.bed.lagging import lagging, without_asking
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader
from tests.histories.check import Verdict, checked
from tests.integration.storm import DAY, INLINE, QUOTA, Storm, stormy_bed

STORMS = [(8, 12)] * 6 + [(32, 6)]
"""Threads, and what each of them does one after the other; a run takes so many of them:"""
STORMS_EACH = 3

MOST_OF_ONE_USAGE = 8
"""Threads: of more at once nearly all overlap, and nobody finds their order in a minute."""

FINE = {200, 400, 403, 404, 413, 503}
"""What may be answered when all come at once: never a 500, and 503 only to be tried again."""


def test_a_cancel_in_the_last_moment_and_a_full_quota_give_bytes_back_once(bed: Bed) -> None:
    bed.set_quota("alice", 100)
    uploader = Uploader(bed)
    upload = uploader.begin(80)

    def cancel_that_came_before_the_end() -> None:
        bed.clock.set(upload["expires_at"] - 1)
        assert uploader.try_to_cancel(upload).status_code == 200

    bed.clock.set(upload["expires_at"])
    with meanwhile(bed.wire, "TransactWriteItems", cancel_that_came_before_the_end):
        assert uploader.try_to_begin(90).status_code == 200
    assert violations(bed) == []
    assert uploader.usage() == {"bytes": 0, "reserved_bytes": 90, "files": 0}


@pytest.mark.slow
@pytest.mark.drawn(("seed", "size"), list(enumerate(STORMS)), STORMS_EACH)
def test_whatever_meets_the_invariants_hold(
    seed: int,
    size: tuple[int, int],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    with stormy_bed() as bed:
        storm = Storm(bed, seed, *size)
        warm = [partial(storm.witness.get, path) for path in ("/usage", "/files", "/uploads")]
        warm.append(partial(storm.at_the_door.get, "/files/file-x/content"))
        for ask in warm:
            ask()
        bed.wire.interceptor = conflicts = Conflicts()
        storm.rage()
        bed.wire.interceptor = None
        removed = bed.stream.take()
        assert violations(bed, removed) == []
        assert storm.most_used <= QUOTA + INLINE
        bed.stream.deliver(removed)
        assert violations(bed) == []
        assert storm.witness.contradictions() == []
        assert storm.at_the_door.contradictions() == []
        assert {answer.status_code for answer in storm.answers} <= FINE
        assert conflicts.count > 0
        assert bed.stream.dead_letters == []
        history = storm.history()
        history.write(tmp_path / "history.jsonl")
        verdict = checked(history, usages=size[0] <= MOST_OF_ONE_USAGE)
        record_property("histories", verdict.counts)
        assert verdict.wrong == []
        assert verdict.undecided == []
        bed.clock.move(seconds=2 * DAY)
        bed.run_ttl()
        bed.run_stream()
        assert violations(bed) == []
        assert leftovers(bed) == []
        assert bed.object_keys() == []


FEW = (6, 12)
"""Threads and actions that suffice to meet a fault that is planted."""


@pytest.mark.slow
def test_a_storm_finds_a_read_that_forgets_to_be_consistent() -> None:
    with lagging(), stormy_bed() as bed:
        storm = Storm(bed, 0, *FEW)
        bed.wire.interceptor = without_asking("GetItem", CATALOG_TABLE)
        storm.rage()
        assert_found(checked(storm.history()))


@pytest.mark.slow
def test_a_storm_finds_deletes_that_answer_before_they_commit() -> None:
    with stormy_bed() as bed:
        storm = Storm(bed, 0, *FEW, between=AnswersDeletesEarly)
        storm.rage()
        assert_found(checked(storm.history()))


class AnswersDeletesEarly(httpx2.BaseTransport):
    """Does a delete once the next request has been answered, and says at once that it did."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport
        self._late: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "DELETE":
            self._late.append(request)
            return httpx2.Response(200, json={"object": "file", "deleted": True})
        answer = self._transport.handle_request(request)
        while self._late:
            self._transport.handle_request(self._late.pop())
        return answer


def assert_found(verdict: Verdict) -> None:
    assert any("is not linearizable" in said for said in verdict.wrong), verdict
