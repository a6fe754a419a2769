"""A large form with an Idempotency-Key that comes again is answered as before, and not stored."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.invariants import violations
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader, content_of

KIB = 2**10
CONTENT = content_of(300 * KIB)


@pytest.fixture
def full(bed: Bed) -> Iterator[Bed]:
    """Larder with room for one file of alice's, to which all come through the front door."""
    bed.set_quota("alice", len(CONTENT))
    with bed.front_door.with_settings(part_bytes=100 * KIB):
        yield bed.through("front_door")


def create(bed: Bed, content: bytes = CONTENT) -> httpx2.Response:
    return bed.http_of("alice").post(
        "/files",
        data={"purpose": "batch"},
        files={"file": ("a.jsonl", content)},
        headers={"Idempotency-Key": "first"},
    )


def test_it_is_answered_as_before_where_there_is_no_room_for_another(full: Bed) -> None:
    first = create(full)
    assert first.status_code == 200
    full.wire.calls.clear()
    again = create(full)
    assert (again.status_code, again.json()) == (200, first.json())
    assert not [call for call in full.wire.calls if call.service == "s3"]
    assert len(Uploader(full).files()) == 1
    assert violations(full) == []


def test_it_is_to_be_tried_again_where_it_has_taken_the_room_by_the_gateway_meanwhile(
    bed: Bed, full: Bed
) -> None:
    told: list[httpx2.Response] = []
    with meanwhile(full.wire, "CreateMultipartUpload", lambda: told.append(create(bed))):
        busy = create(full)
    assert (busy.status_code, busy.json()["error"]["code"]) == (503, "busy")
    assert [answer.json() for answer in told] == [create(full).json()]
    assert len(Uploader(full).files()) == 1
    assert violations(full) == []


def test_another_form_with_its_key_is_refused(full: Bed) -> None:
    create(full)
    answer = create(full, CONTENT[:-1] + b"!")
    assert answer.json()["error"]["code"] == "idempotency_key_reused"


def test_after_a_day_it_is_another_form(full: Bed) -> None:
    create(full)
    full.clock.move(seconds=86_401)
    assert create(full).json()["error"]["code"] == "storage_quota_exceeded"
