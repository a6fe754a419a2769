"""Complete, and whatever others do just before whichever of its calls to AWS.

Every call times every rival, generated: a call that is added is covered the day it is written. A
run takes each rival at some of the calls, and `make prove` at all.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.invariants import leftovers, violations
from tests.bed.meanwhile import before_call
from tests.bed.uploader import Uploader, content_of, cut
from tests.bed.wire import Call, Killed, Send
from tests.bed.witness import should_retry
from tests.faults.scene import PART, small_parts
from tests.seed import drawn

CONTENT = content_of(PART + 1000, "complete")
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = content_of(PART, "other")
PIECES = cut(CONTENT, 400_000)
TRIES = 3
CALLS_EACH = 3
"""Before how many of the calls of complete a rival comes in one run."""

pytestmark = [pytest.mark.slow, pytest.mark.drawn]


@pytest.fixture(autouse=True)
def _small_parts() -> Iterator[None]:
    with small_parts():
        yield


@dataclass
class Ready:
    """An upload whose parts have all arrived, presigned or staged."""

    uploader: Uploader
    upload: dict[str, Any]
    part_ids: list[str]
    late_link: dict[str, Any]
    md5: str | None = None
    ends_as: str | None = None
    """What a rival was told that the upload ends as."""

    def complete(self, **fields: Any) -> httpx2.Response:
        fields = {"md5": self.md5, **fields}
        return self.uploader.try_to_complete(self.upload, self.part_ids, **fields)

    def complete_as_the_sdks_do(self) -> httpx2.Response:
        """Complete, and try again as long as the SDKs would."""
        for _ in range(TRIES - 1):
            if not should_retry(answered := self.complete()):
                return answered
        return self.complete()


def presigned_with_md5(uploader: Uploader) -> Ready:
    upload = uploader.begin(len(CONTENT))
    part_ids = uploader.send_all(upload, CONTENT)
    return Ready(uploader, upload, part_ids, uploader.link(upload, 1), MD5)


def staged(uploader: Uploader) -> Ready:
    upload = uploader.begin(len(CONTENT))
    part_ids = [uploader.stage(upload, piece) for piece in PIECES]
    return Ready(uploader, upload, part_ids, uploader.link(upload, 1))


WAYS = (presigned_with_md5, staged)
"""Together they make every call that complete makes: the MD5 of presigned parts is read."""


def the_same_complete(ready: Ready) -> None:
    assert ready.complete().status_code in (200, 400)


def complete_in_another_order(ready: Ready) -> None:
    answered = ready.uploader.try_to_complete(ready.upload, ready.part_ids[::-1])
    assert answered.status_code in (200, 400)


def complete_with_a_wrong_md5(ready: Ready) -> None:
    assert ready.complete(md5="0" * 32).status_code in (200, 400)


def the_same_complete_that_dies_held(ready: Ready) -> None:
    die_after("UpdateItem", ready, ready.complete)


def the_same_complete_that_dies_joined(ready: Ready) -> None:
    die_after("CompleteMultipartUpload", ready, ready.complete)


def a_cancel_that_dies(ready: Ready) -> None:
    die_after("TransactWriteItems", ready, partial(ready.uploader.try_to_cancel, ready.upload))


def die_after(operation: str, ready: Ready, act: Callable[[], httpx2.Response]) -> None:
    """Act, and be killed once this operation has."""

    def interceptor(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == operation:
            raise Killed
        return answered

    ready.uploader.bed.wire.interceptor = interceptor
    assert act().status_code in (200, 400, 502)


def cancel(ready: Ready) -> None:
    cancelled = ready.uploader.try_to_cancel(ready.upload)
    if cancelled.status_code == 200:
        ready.ends_as = "cancelled"
    else:
        assert cancelled.json()["error"]["code"] == "upload_not_pending"
        ready.ends_as = "completed"


def a_late_staged_part(ready: Ready) -> None:
    assert ready.uploader.try_to_stage(ready.upload, b"late").status_code in (200, 400)


def a_part_sent_again(ready: Ready) -> None:
    assert ready.uploader.put(ready.late_link, CONTENT[:PART]).status in (200, 404)


def a_part_sent_again_with_other_bytes(ready: Ready) -> None:
    assert ready.uploader.put(ready.late_link, OTHER).status in (200, 404)


def expiry(ready: Ready) -> None:
    ready.uploader.bed.clock.set(ready.uploader.end_of(ready.upload))
    ready.uploader.usage()


def expiry_and_ttl(ready: Ready) -> None:
    expiry(ready)
    ready.uploader.bed.run_ttl()


def expiry_ttl_and_reaping(ready: Ready) -> None:
    expiry_and_ttl(ready)
    ready.uploader.bed.run_stream()


def expiry_and_a_full_quota(ready: Ready) -> None:
    expiry(ready)
    ready.uploader.bed.set_quota("alice", len(CONTENT))
    begun = ready.uploader.try_to_begin(len(CONTENT))
    ready.uploader.bed.set_quota("alice", 2**31)
    if begun.status_code == 200:
        assert ready.uploader.try_to_cancel(begun.json()).status_code == 200


HARMLESS = (
    the_same_complete,
    the_same_complete_that_dies_held,
    the_same_complete_that_dies_joined,
    complete_with_a_wrong_md5,
    a_late_staged_part,
    a_part_sent_again,
)
"""Whenever these come, the file is made."""

ENDING = (
    cancel,
    a_cancel_that_dies,
    expiry,
    expiry_and_ttl,
    expiry_ttl_and_reaping,
    expiry_and_a_full_quota,
)
"""These complete nothing themselves: there is a file when the answer says so, and only then."""

RIVALS = (*HARMLESS, *ENDING, complete_in_another_order, a_part_sent_again_with_other_bytes)


def calls_of_complete(bed: Bed, make: Callable[[Uploader], Ready]) -> int:
    ready = make(Uploader(bed))
    before = len(bed.wire.calls)
    assert ready.complete().status_code == 200
    return len(bed.wire.calls) - before


@contextmanager
def emptied(bed: Bed) -> Iterator[None]:
    """Let alice have nothing afterwards."""
    yield
    uploader = Uploader(bed)
    for file in uploader.files():
        uploader.http.delete(f"/files/{file['id']}")
    bed.run_stream()


def problems_after(bed: Bed, ready: Ready, answered: httpx2.Response) -> list[str]:
    """Return what is not as it should be, whoever came first."""
    problems = violations(bed, removed := bed.stream.take())
    bed.stream.deliver(removed)
    problems += violations(bed)
    if answered.status_code >= 500 or should_retry(answered):
        problems.append(f"answered {answered.status_code} {answered.text}")
    files = ready.uploader.files()
    if answered.status_code == 200 and files != [answered.json()["file"]]:
        problems.append(f"acknowledged {answered.text} and has {files}")
    if len(files) > 1:
        problems.append(f"has {files}")
    for file in files:
        wholes = (CONTENT, OTHER + CONTENT[PART:], b"".join(PIECES[::-1]))
        if ready.uploader.content(file) not in wholes:
            problems.append(f"{file} has another content")
    status = ready.uploader.http.get(f"/uploads/{ready.upload['id']}").json().get("status")
    if (status == "completed") != bool(files):
        problems.append(f"is {status} and has {files}")
    if ready.ends_as not in (None, status):
        problems.append(f"was {ready.ends_as} and is {status}")
    if status != "pending":
        problems += [f"left {key}" for key in leftovers(bed)]
    return problems


def named(function: Callable[..., object]) -> str:
    return function.__name__


@pytest.mark.parametrize("way", WAYS, ids=named)
@pytest.mark.parametrize("rival", RIVALS, ids=named)
def test_one_file_or_none_whoever_comes_between(
    bed: Bed,
    way: Callable[[Uploader], Ready],
    rival: Callable[[Ready], None],
    pytestconfig: pytest.Config,
) -> None:
    problems = []
    with emptied(bed):
        calls = range(calls_of_complete(bed, way))
    for number in drawn(pytestconfig, f"{named(way)} {named(rival)}", calls, CALLS_EACH):
        with emptied(bed):
            ready = way(Uploader(bed))
            with before_call(bed.wire, number, partial(rival, ready)):
                answered = ready.complete()
            if should_retry(answered):
                answered = ready.complete_as_the_sdks_do()
            found = problems_after(bed, ready, answered)
            if rival in HARMLESS and answered.status_code != 200:
                found.append(f"answered {answered.status_code} {answered.text}")
            if rival in ENDING and (answered.status_code == 200) != bool(Uploader(bed).files()):
                found.append(f"answered {answered.status_code} and has {Uploader(bed).files()}")
            problems += [f"before call {number}: {one}" for one in found]
    assert problems == []
