"""Complete on a real S3 server, each of its calls of S3 lost or its last: one file all the same.

Generated from the calls that it makes. `tests/faults` has its calls of DynamoDB, which is the same
here, and every other fault and endpoint, on moto, which does not join as S3 does.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.faults import FAULTS, Extent, Fault, Strike, hasty_retries
from tests.bed.invariants import violations
from tests.bed.uploader import MIB, Uploader, content_of, cut
from tests.bed.witness import RETRIES, should_retry
from tests.seed import drawn

PART = 5 * MIB
CONTENT = content_of(PART + 1000, "faults")
CALLS_EACH = 2
"""How many of the calls a fault strikes in one run, but for `make prove`, which takes all."""

WANTED = {
    ("loses its answer", Extent.CALL),
    ("is the last", Extent.ATTEMPT),
    ("kills the function", Extent.ATTEMPT),
}
LOSSES = [fault for fault in FAULTS if (fault.name, fault.extent) in WANTED]
assert len(LOSSES) == len(WANTED)

Begun = tuple[dict[str, object], list[str]]


def presigned(uploader: Uploader) -> Begun:
    upload = uploader.begin(len(CONTENT))
    return upload, uploader.send_all(upload, CONTENT)


def staged(uploader: Uploader) -> Begun:
    upload = uploader.begin(len(CONTENT))
    return upload, [uploader.stage(upload, piece) for piece in cut(CONTENT, 4 * MIB)]


def complete(
    uploader: Uploader, begun: Begun, first: AbstractContextManager[object]
) -> httpx2.Response:
    """Complete as the SDKs do, which try again; only the first try is made within `first`."""
    with first:
        answered = uploader.try_to_complete(*begun)
    for _ in range(RETRIES):
        if should_retry(answered):
            answered = uploader.try_to_complete(*begun)
    return answered


def assert_one_file(bed: Bed, uploader: Uploader, answered: httpx2.Response) -> None:
    assert answered.status_code == 200, answered.text
    [file] = uploader.files()
    assert file == answered.json()["file"]
    assert uploader.content(file) == CONTENT
    assert uploader.checksum_of(file) == crc64nvme(CONTENT)
    assert uploader.usage() == {"bytes": len(CONTENT), "reserved_bytes": 0, "files": 1}
    assert violations(bed) == []


def remove_all(bed: Bed, uploader: Uploader) -> None:
    """Delete the files; nothing at all may stay in the bucket."""
    for file in uploader.files():
        uploader.http.delete(f"/files/{file['id']}")
    bed.run_stream()
    assert bed.object_keys() == []


@pytest.mark.drawn
@pytest.mark.parametrize("way", [presigned, staged])
@pytest.mark.parametrize("fault", LOSSES, ids=str)
def test_each_call_of_complete_may_be_lost_or_the_last(
    bed: Bed,
    alice_uploads: Uploader,
    way: Callable[[Uploader], Begun],
    fault: Fault,
    pytestconfig: pytest.Config,
) -> None:
    with bed.deployed_with(part_bytes=PART), hasty_retries():
        begun = way(alice_uploads)
        before = len(bed.wire.calls)
        answered = complete(alice_uploads, begun, nullcontext())
        of_s3 = [n for n, call in enumerate(bed.wire.calls[before:]) if call.service == "s3"]
        assert_one_file(bed, alice_uploads, answered)
        for number in drawn(pytestconfig, f"{way.__name__} {fault}", of_s3, CALLS_EACH):
            remove_all(bed, alice_uploads)
            begun = way(alice_uploads)
            strike = Strike(fault, number)
            answered = complete(alice_uploads, begun, strike.on(bed.wire))
            assert strike.struck is not None
            assert_one_file(bed, alice_uploads, answered)
        remove_all(bed, alice_uploads)
