"""Calls for one upload at the very same moment: one file or none, and exact usage.

`test_uploads_interleaved.py` has whoever comes between two calls of a complete, each in turn; here
is what only threads do: they refuse one another's writes, and spoil one another's copies. And what
the others are told who look or write while somebody completes or cancels.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.conflicts import Conflicts
from tests.bed.invariants import leftovers, violations
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader

ROUNDS = 4

COMPLETING = 0.06
"""About how long a complete takes here, in seconds: whoever comes within that comes between."""

CONTENT = b"abcdefghi"
BACKWARDS = b"ghidefabc"

Ask = Callable[[], httpx2.Response | None]
Begun = tuple[dict[str, Any], list[str]]


@pytest.fixture
def alice_uploads(bed: Bed) -> Uploader:
    """Alice, on a DynamoDB that refuses writes that meet; every handler is loaded already."""
    uploader = Uploader(bed)
    upload, part_ids = staged(uploader)
    uploader.http.delete(f"/files/{uploader.complete(upload, part_ids)['id']}")
    uploader.try_to_cancel(uploader.begin(1))
    bed.run_stream()
    bed.wire.interceptor = Conflicts()
    return uploader


def staged(uploader: Uploader) -> Begun:
    """Begin an upload and stage three parts."""
    upload = uploader.begin(len(CONTENT))
    return upload, [uploader.stage(upload, piece) for piece in (b"abc", b"def", b"ghi")]


def presigned(uploader: Uploader) -> Begun:
    """Begin an upload and send its one part."""
    upload = uploader.begin(len(CONTENT))
    return upload, uploader.send_all(upload, CONTENT)


pytestmark = pytest.mark.slow
WAYS = pytest.mark.parametrize("way", [staged, presigned])


def at_once(*asks: Ask, within: float = 0.0) -> list[httpx2.Response]:
    """Ask all at the same moment, or each at some moment within so many seconds.

    Returns the answers in the order of those who asked.
    """
    gate = threading.Barrier(len(asks))

    def send(ask: Ask) -> httpx2.Response | None:
        gate.wait()
        time.sleep(random.uniform(0, within))
        return ask()

    with ThreadPoolExecutor(len(asks)) as threads:
        return [answer for answer in threads.map(send, asks) if answer is not None]


def check(bed: Bed, uploader: Uploader, upload: dict[str, Any]) -> dict[str, Any] | None:
    """Check that all is well, take the file away and return it, None when there is none."""
    removed = bed.stream.take()
    assert violations(bed, removed) == []
    bed.stream.deliver(removed)
    assert violations(bed) == []
    assert leftovers(bed) == []
    files = uploader.files()
    assert len(files) <= 1
    if not files:
        return None
    assert uploader.upload(upload["id"])["status"] == "completed"
    content = uploader.content(files[0])
    uploader.http.delete(f"/files/{files[0]['id']}")
    bed.run_stream()
    assert bed.object_keys() == []
    return {**files[0], "content": content}


def error_code(answer: httpx2.Response) -> str:
    return str(answer.json()["error"]["code"])


@WAYS
def test_completes_at_once_make_one_file_and_are_answered_alike(
    bed: Bed, alice_uploads: Uploader, way: Callable[[Uploader], Begun]
) -> None:
    for _ in range(ROUNDS):
        upload, part_ids = way(alice_uploads)
        answers = at_once(
            *[partial(alice_uploads.try_to_complete, upload, part_ids)] * 4, within=COMPLETING / 3
        )
        assert [answer.status_code for answer in answers] == [200] * 4
        [file] = {answer.text: answer.json()["file"] for answer in answers}.values()
        found = check(bed, alice_uploads, upload)
        assert found == {**file, "content": CONTENT}


def test_completes_in_two_orders_make_the_file_that_is_acknowledged(
    bed: Bed, alice_uploads: Uploader
) -> None:
    for _ in range(ROUNDS):
        upload, part_ids = staged(alice_uploads)
        one, other = at_once(
            partial(alice_uploads.try_to_complete, upload, part_ids),
            partial(alice_uploads.try_to_complete, upload, part_ids[::-1]),
            within=COMPLETING / 2,
        )
        for answer in (one, other):
            assert answer.status_code == 200 or error_code(answer) in (
                "upload_not_pending",
                "parts_changed",
            )
        assert (one.status_code, other.status_code) != (200, 200)
        if one.status_code == other.status_code == 400:  # each spoilt the other's copies
            one = alice_uploads.try_to_complete(upload, part_ids)
            other = alice_uploads.try_to_complete(upload, part_ids[::-1])
            assert {one.status_code, other.status_code} == {200, 400}
        found = check(bed, alice_uploads, upload)
        assert found is not None
        assert found["content"] == (CONTENT if one.status_code == 200 else BACKWARDS)


def test_cancels_at_once_give_the_bytes_back_once(bed: Bed, alice_uploads: Uploader) -> None:
    kept = alice_uploads.begin(5)
    for _ in range(ROUNDS):
        upload, _ids = staged(alice_uploads)
        answers = at_once(*[partial(alice_uploads.try_to_cancel, upload)] * 4)
        assert [answer.status_code for answer in answers] == [200] * 4
        assert check(bed, alice_uploads, upload) is None
        assert alice_uploads.usage()["reserved_bytes"] == kept["bytes"]


def test_one_idempotency_key_at_once_completes_once(bed: Bed, alice_uploads: Uploader) -> None:
    for number in range(ROUNDS):
        upload, part_ids = staged(alice_uploads)
        complete = partial(alice_uploads.try_to_complete, upload, part_ids)
        answers = at_once(*[partial(complete, idempotency_key=f"k{number}")] * 4)
        good = [answer for answer in answers if answer.status_code == 200]
        busy = [answer for answer in answers if answer.status_code == 409]
        assert good
        assert len(good) + len(busy) == 4
        assert {error_code(answer) for answer in busy} <= {"idempotency_key_in_use"}
        found = check(bed, alice_uploads, upload)
        assert found is not None
        assert {answer.json()["file"]["id"] for answer in good} == {found["id"]}


def test_uploads_begun_at_once_never_pass_the_quota(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 100)
    answers = at_once(*[lambda: alice_uploads.try_to_begin(15)] * 16)
    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [403] * 10
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 90, "files": 0}
    assert violations(bed) == []
    assert leftovers(bed) == []


@pytest.mark.parametrize("call", ["ListParts", "ListObjectsV2"])
@pytest.mark.parametrize("ends", [Uploader.try_to_cancel, None])
def test_parts_are_not_told_as_missing_when_the_upload_ends_meanwhile(
    alice_uploads: Uploader, call: str, ends: Callable[..., httpx2.Response] | None
) -> None:
    upload, part_ids = staged(alice_uploads)
    wire = alice_uploads.bed.wire
    end = partial(alice_uploads.try_to_complete, upload, part_ids)
    if ends is not None:
        end = partial(ends, alice_uploads, upload)
    with meanwhile(wire, call, end):
        answer = alice_uploads.http.get(f"/uploads/{upload['id']}/parts")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upload_not_pending")


def test_parts_that_are_joined_and_not_yet_shown_are_not_told_as_missing(
    alice_uploads: Uploader,
) -> None:
    upload, part_ids = staged(alice_uploads)
    told: list[httpx2.Response] = []

    def list_parts() -> None:
        told.append(alice_uploads.http.get(f"/uploads/{upload['id']}/parts"))

    with meanwhile(alice_uploads.bed.wire, "TransactWriteItems", list_parts):
        alice_uploads.complete(upload, part_ids)
    [answer] = told
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "upload_not_pending")
    assert "is being completed" in answer.json()["error"]["message"]


LATE: dict[str, tuple[str, Callable[[Uploader, Begun], httpx2.Response]]] = {
    "cancel": ("TransactWriteItems", lambda its, begun: its.try_to_cancel(begun[0])),
    "list its parts": (
        "ListParts",
        lambda its, begun: its.http.get(f"/uploads/{begun[0]['id']}/parts"),
    ),
    "send a part": ("PutObject", lambda its, begun: its.try_to_stage(begun[0], b"abc")),
    "complete": ("UpdateItem", lambda its, begun: its.try_to_complete(*begun)),
    "complete otherwise": (
        "UpdateItem",
        lambda its, begun: its.try_to_complete(begun[0], begun[1][::-1]),
    ),
}


@pytest.mark.parametrize("act", LATE)
def test_an_upload_whose_file_has_expired_meanwhile_is_not_found(
    alice_uploads: Uploader, act: str
) -> None:
    """Another call has completed it an hour ago, and takes until now to do so."""
    call, do = LATE[act]
    upload = alice_uploads.begin(
        len(CONTENT), expires_after={"anchor": "created_at", "seconds": 3600}
    )
    part_ids = [alice_uploads.stage(upload, piece) for piece in (b"abc", b"def", b"ghi")]
    clock = alice_uploads.bed.clock
    began = clock.now

    def complete_an_hour_ago() -> None:
        clock.set(began)
        alice_uploads.complete(upload, part_ids)
        clock.set(began + 3600)

    clock.set(began + 3600)
    with meanwhile(alice_uploads.bed.wire, call, complete_an_hour_ago):
        answer = do(alice_uploads, (upload, part_ids))
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "upload_id")
