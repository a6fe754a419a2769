"""Two parts of a form are on their way to S3 at the same time, and it is as if they were not."""

import threading
from collections.abc import Iterator

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.faults import FAULTS, Extent, Fault, Strike, hasty_retries
from tests.bed.invariants import leftovers, violations
from tests.bed.uploader import Uploader, content_of
from tests.bed.wire import Call, Send

PART = 1_000
CONTENT = content_of(5 * PART + 10)
LASTING = [
    fault
    for fault in FAULTS
    if fault.extent is Extent.CALL
    and fault.name in ("fails", "is throttled", "loses its answer", "acts late")
]


class SecondFirst:
    """Holds the first part back until S3 has the second."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._second = threading.Event()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        number = part_number(call)
        if number == "1":
            assert self._second.wait(timeout=10), "the second does not come before the first"
        answer = send()
        if number is not None:
            self.sent.append(number)
        if number == "2":
            self._second.set()
        return answer


def part_number(call: Call) -> str | None:
    if call.operation != "UploadPart":
        return None
    return httpx2.URL(call.request.url or "").params["partNumber"]


@pytest.fixture
def alice(bed: Bed) -> Iterator[Uploader]:
    """Alice at a front door that stores two parts at once."""
    with bed.front_door.with_settings(part_bytes=PART, parts_at_once=2):
        yield Uploader(bed.through("front_door"))


def create(alice: Uploader) -> httpx2.Response:
    return alice.http.post(
        "/files",
        data={"purpose": "batch"},
        files={"file": ("a.jsonl", CONTENT)},
        headers={"Idempotency-Key": "first"},
    )


def test_a_file_is_whole_whichever_part_is_stored_first(bed: Bed, alice: Uploader) -> None:
    bed.wire.interceptor = second_first = SecondFirst()
    file = create(alice).json()
    bed.wire.interceptor = None
    assert second_first.sent[0] == "2"
    assert alice.content(file) == CONTENT
    assert (violations(bed), leftovers(bed)) == ([], [])


def test_its_key_is_known_again_whichever_part_was_stored_first(bed: Bed, alice: Uploader) -> None:
    bed.wire.interceptor = SecondFirst()
    first = create(alice).json()
    bed.wire.interceptor = None
    assert create(alice).json() == first
    assert create(Uploader(bed)).json() == first


def test_a_large_part_takes_exactly_its_room_whichever_piece_is_stored_first(
    bed: Bed, alice: Uploader
) -> None:
    upload = alice.begin(len(CONTENT))
    bed.wire.interceptor = second_first = SecondFirst()
    part_id = alice.stage(upload, CONTENT)
    bed.wire.interceptor = None
    assert second_first.sent[0] == "2"
    assert violations(bed) == []
    assert alice.content(alice.complete(upload, [part_id])) == CONTENT
    assert alice.usage() == {"bytes": len(CONTENT), "reserved_bytes": 0, "files": 1}


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("fault", LASTING, ids=str)
def test_a_part_that_fails_beside_another_leaves_nothing(
    bed: Bed, alice: Uploader, fault: Fault, number: int
) -> None:
    strike = Strike(fault, number, "UploadPart")
    with hasty_retries(), strike.on(bed.wire):
        answer = create(alice)
    assert strike.struck
    assert answer.status_code == 503
    assert alice.files() == []
    assert (violations(bed), leftovers(bed)) == ([], [])
