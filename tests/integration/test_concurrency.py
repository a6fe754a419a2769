"""Many requests of one owner at once, on a DynamoDB that cancels transactions that meet."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.conflicts import Conflicts
from tests.bed.stock import files_of

pytestmark = pytest.mark.slow

MANY = 64
MOST_TRIES = 5
FORM = {"purpose": "batch", "expires_after[seconds]": "3600"}

Ask = Callable[[httpx2.Client], httpx2.Response]


@pytest.fixture
def conflicts(bed: Bed) -> Conflicts:
    """Transactions that meet are cancelled; every handler is loaded already."""
    bed.http_of("alice").get("/usage")
    conflicts = Conflicts()
    bed.wire.interceptor = conflicts
    return conflicts


def at_once(bed: Bed, *asks: Ask) -> list[httpx2.Response]:
    """Send alice's requests, all at the same moment; the answers in the same order.

    One that is answered 503 is sent again, as the SDKs do: all functions share one interpreter
    here, so on a slow machine one may use up its time for conflicts.
    """
    gate = threading.Barrier(len(asks))
    http = bed.http_of("alice")

    def send(ask: Ask) -> httpx2.Response:
        gate.wait()
        for _ in range(MOST_TRIES):
            if (answer := ask(http)).status_code != 503:
                break
        return answer

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(send, asks))


def create(size: int, **headers: str) -> Ask:
    form = {"file": ("batch.jsonl", bytes(size))}
    return lambda http: http.post("/files", data=FORM, files=form, headers=headers)


def delete(file_id: str) -> Ask:
    return lambda http: http.delete(f"/files/{file_id}")


def statuses(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def usage_of_alice(bed: Bed) -> tuple[int, int]:
    """Her stored bytes and her files, as the catalog counts them."""
    usage = bed.http_of("alice").get("/usage").json()
    return usage["bytes"], usage["files"]


def test_64_creates_at_once_all_succeed_and_usage_is_exact(bed: Bed, conflicts: Conflicts) -> None:
    sizes = range(1, MANY + 1)
    answers = at_once(bed, *(create(size) for size in sizes))
    assert statuses(answers) == {200: MANY}
    assert usage_of_alice(bed) == (sum(sizes), MANY)
    listed = {file["id"] for file in bed.http_of("alice").get("/files").json()["data"]}
    assert listed == {answer.json()["id"] for answer in answers}
    assert conflicts.count > 0


def test_32_creates_at_once_in_one_front_door_do_not_conflict(
    bed: Bed, conflicts: Conflicts
) -> None:
    front = bed.through("front_door")
    assert create(0)(front.http_of("alice")).status_code == 200  # it starts with the first
    sizes = range(1, 33)
    answers = at_once(front, *(create(size) for size in sizes))
    assert statuses(answers) == {200: 32}
    assert usage_of_alice(bed) == (sum(sizes), 33)
    assert conflicts.count == 0


def test_every_file_created_at_once_has_its_own_bytes(bed: Bed, conflicts: Conflicts) -> None:
    answers = at_once(bed, *(create(size) for size in range(16)))
    alice = bed.client_of("alice")
    for size, answer in enumerate(answers):
        assert alice.files.content(answer.json()["id"]).content == bytes(size)


def test_creates_against_a_nearly_full_quota_never_pass_it(bed: Bed, conflicts: Conflicts) -> None:
    bed.set_quota("alice", 1000)
    answers = at_once(bed, *(create(150) for _ in range(32)))
    assert statuses(answers) == {200: 6, 403: 26}
    assert usage_of_alice(bed) == (900, 6)
    assert len(bed.object_keys()) == 6


def test_creates_that_need_the_room_of_expired_files_never_pass_the_quota(
    bed: Bed, conflicts: Conflicts
) -> None:
    bed.set_quota("alice", 100)
    bed.stock(files_of("alice", 10, since=bed.clock.now, every=0, size=10, seconds=3600))
    bed.clock.move(seconds=3600)
    answers = at_once(bed, *(create(30) for _ in range(12)))
    assert statuses(answers) == {200: 3, 403: 9}
    assert usage_of_alice(bed) == (90, 3)
    bed.run_stream()
    assert usage_of_alice(bed) == (90, 3)


def test_of_many_deletes_of_a_file_one_succeeds_and_its_bytes_come_back_once(
    bed: Bed, conflicts: Conflicts
) -> None:
    kept, deleted = at_once(bed, create(7), create(100))
    answers = at_once(bed, *[delete(deleted.json()["id"])] * 16)
    assert statuses(answers) == {200: 1, 404: 15}
    assert usage_of_alice(bed) == (7, 1)
    bed.run_stream()
    assert usage_of_alice(bed) == (7, 1)
    assert [key.rpartition("/")[2] for key in bed.object_keys()] == [kept.json()["id"]]


def test_creates_and_deletes_at_once_leave_what_was_not_deleted(
    bed: Bed, conflicts: Conflicts
) -> None:
    first = at_once(bed, *(create(10) for _ in range(16)))
    asks = [delete(answer.json()["id"]) for answer in first] + [create(3) for _ in range(16)]
    assert statuses(at_once(bed, *asks)) == {200: 32}
    assert usage_of_alice(bed) == (48, 16)


def test_one_idempotency_key_at_once_makes_one_file(bed: Bed, conflicts: Conflicts) -> None:
    asks = [create(5, **{"Idempotency-Key": "one"})] * 16
    answers = at_once(bed, *asks)
    assert set(statuses(answers)) <= {200, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert len(made) == 1
    assert all(
        answer.json()["error"]["code"] == "idempotency_key_in_use"
        and "x-should-retry" not in answer.headers
        for answer in answers
        if answer.status_code == 409
    )
    assert usage_of_alice(bed) == (5, 1)


def test_owners_do_not_wait_for_one_another(bed: Bed, conflicts: Conflicts) -> None:
    owners = [f"owner-{number}" for number in range(8)]
    clients = {owner: bed.http_of(owner) for owner in owners}
    with ThreadPoolExecutor(len(owners)) as threads:
        answers = list(threads.map(lambda owner: create(1)(clients[owner]), owners))
    assert statuses(answers) == {200: 8}
    assert conflicts.count == 0
