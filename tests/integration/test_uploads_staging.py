"""Parts that come through the API: nobody has more in the bucket than the usage says.

What a session stages lies beside what S3 will join, so it takes quota of its own; the usage passes
the quota by no more than one part.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bed.bed import Bed
from tests.bed.faults import FAULTS, Strike, hasty_retries
from tests.bed.invariants import leftovers, violations
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import MIB, Uploader

INLINE = 4 * MIB


@pytest.fixture
def quota_of_100(bed: Bed) -> None:
    bed.set_quota("alice", 100)


def stored(bed: Bed) -> int:
    """The bytes of all objects in the bucket."""
    s3 = bed.session.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bed.deployment.content_bucket)
    return sum(entry["Size"] for page in pages for entry in page.get("Contents", []))


def test_the_first_part_takes_the_room_of_all(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.stage(upload, b"a")
    assert alice_uploads.usage()["reserved_bytes"] == 6
    alice_uploads.stage(upload, b"bc")
    assert alice_uploads.usage()["reserved_bytes"] == 6


def test_a_part_that_is_sent_again_takes_its_own(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    for _ in range(3):
        alice_uploads.stage(upload, b"abc")
    assert alice_uploads.usage()["reserved_bytes"] == 3 + 3 * 3


def test_presigned_parts_take_no_more_than_the_upload(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    for _ in range(2):
        alice_uploads.send(upload, 1, b"abc")
    assert alice_uploads.usage()["reserved_bytes"] == 3


@pytest.mark.parametrize("end", ["completed", "cancelled", "expired", "reaped"])
def test_however_the_upload_ends_all_of_it_is_given_back(
    bed: Bed, alice_uploads: Uploader, end: str
) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.stage(upload, b"abc")
    part_id = alice_uploads.stage(upload, b"abc")
    if end == "completed":
        alice_uploads.complete(upload, [part_id])
    elif end == "cancelled":
        alice_uploads.try_to_cancel(upload)
    else:
        bed.clock.set(alice_uploads.end_of(upload))
    if end == "reaped":
        bed.run_ttl()
        bed.run_stream()
    has = (3, 1) if end == "completed" else (0, 0)
    usage = alice_uploads.usage()
    assert usage == {"bytes": has[0], "reserved_bytes": 0, "files": has[1]}


def test_a_full_quota_takes_an_expired_upload_back_with_all_that_it_staged(
    bed: Bed, alice_uploads: Uploader, quota_of_100: None
) -> None:
    upload = alice_uploads.begin(50)
    alice_uploads.stage(upload, bytes(50))
    bed.clock.set(alice_uploads.end_of(upload))
    alice_uploads.begin(100)
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 100, "files": 0}
    assert violations(bed) == []


def test_a_small_upload_arrives_although_it_filled_the_quota(
    alice_uploads: Uploader, quota_of_100: None
) -> None:
    upload = alice_uploads.begin(100)
    file = alice_uploads.complete(upload, [alice_uploads.stage(upload, bytes(100))])
    assert file["bytes"] == 100


def test_many_small_uploads_hold_no_more_than_the_quota_and_one_part(
    bed: Bed, alice_uploads: Uploader, quota_of_100: None
) -> None:
    uploads = [alice_uploads.begin(5) for _ in range(20)]
    for _ in range(3):
        for upload in uploads:
            alice_uploads.try_to_stage(upload, bytes(5))
    usage = alice_uploads.usage()
    assert stored(bed) <= usage["reserved_bytes"] <= 100 + INLINE


def test_a_part_that_the_quota_has_no_room_for_is_refused_naming_the_way_around(
    bed: Bed, alice_uploads: Uploader
) -> None:
    bed.set_quota("alice", 6 * MIB)
    upload = alice_uploads.begin(6 * MIB)
    answered = alice_uploads.try_to_stage(upload, bytes(MIB))
    error = answered.json()["error"]
    assert (answered.status_code, error["code"]) == (403, "storage_quota_exceeded")
    assert "6291456 of 6291456 bytes are used and this needs 6291456 more" in error["message"]
    assert "presigned URLs" in error["message"]
    assert bed.object_keys() == []
    assert alice_uploads.usage()["reserved_bytes"] == 6 * MIB


def test_first_parts_that_come_at_once_take_the_room_of_all_once(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(8)
    with ThreadPoolExecutor(8) as pool:
        statuses = [
            answered.status_code
            for answered in pool.map(lambda _: alice_uploads.try_to_stage(upload, b"x"), range(8))
        ]
    assert statuses == [200] * 8
    assert alice_uploads.usage()["reserved_bytes"] == 16
    assert violations(bed) == []


@pytest.mark.parametrize("end", ["cancelled", "completed", "removed"])
def test_a_part_whose_upload_ends_while_it_is_stored_is_deleted_again(
    bed: Bed, alice_uploads: Uploader, end: str
) -> None:
    upload = alice_uploads.begin(3)
    part_id = alice_uploads.stage(upload, b"abc")

    def end_it() -> None:
        if end == "cancelled":
            alice_uploads.try_to_cancel(upload)
        elif end == "completed":
            alice_uploads.complete(upload, [part_id])
        else:
            bed.clock.set(alice_uploads.end_of(upload))
            bed.run_ttl()
            bed.run_stream()

    with meanwhile(bed.wire, "PutObject", end_it):
        answered = alice_uploads.try_to_stage(upload, b"xyz")
    assert answered.status_code == (404 if end == "removed" else 400), answered.text
    assert leftovers(bed) == []


def test_a_part_whose_answer_is_lost_while_its_upload_is_cancelled_is_deleted_again(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(3)
    [lost] = [fault for fault in FAULTS if str(fault) == "loses its answer in every attempt"]
    with (
        hasty_retries(),
        meanwhile(bed.wire, "PutObject", lambda: alice_uploads.try_to_cancel(upload)),
        Strike(lost, 0, "PutObject").on(bed.wire),
    ):
        assert alice_uploads.try_to_stage(upload, b"abc").status_code == 400
    assert leftovers(bed) == []


def test_a_session_that_reserves_more_while_it_is_cancelled_gives_all_back(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(3)
    with meanwhile(
        bed.wire, "TransactWriteItems", lambda: alice_uploads.try_to_stage(upload, b"abc")
    ):
        assert alice_uploads.try_to_cancel(upload).status_code == 200
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 0, "files": 0}
    assert violations(bed) == []


def test_a_session_that_reserves_more_while_it_is_completed_gives_all_back(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(3)
    part_id = alice_uploads.stage(upload, b"abc")
    with meanwhile(
        bed.wire, "TransactWriteItems", lambda: alice_uploads.try_to_stage(upload, b"xyz")
    ):
        alice_uploads.complete(upload, [part_id])
    assert alice_uploads.usage() == {"bytes": 3, "reserved_bytes": 0, "files": 1}
    assert violations(bed) == []


@pytest.fixture
def few(bed: Bed) -> Iterator[None]:
    with bed.deployed_with(files_per_owner=2, uploads_per_owner=2, parts_per_upload=2):
        yield


def test_no_more_files_are_stored_than_the_stage_allows(alice_uploads: Uploader, few: None) -> None:
    def create() -> tuple[int, str | None]:
        answered = alice_uploads.http.post(
            "/files", data={"purpose": "batch"}, files={"file": ("a", b"")}
        )
        return answered.status_code, answered.json().get("error", {}).get("code")

    assert [create() for _ in range(3)] == [
        (200, None),
        (200, None),
        (403, "file_quota_exceeded"),
    ]


def test_no_upload_begins_when_there_are_as_many_files_as_the_stage_allows(
    bed: Bed, alice_uploads: Uploader, few: None
) -> None:
    for _ in range(2):
        upload = alice_uploads.begin(1)
        alice_uploads.complete(upload, [alice_uploads.stage(upload, b"x")])
    assert alice_uploads.try_to_begin(1).json()["error"]["code"] == "file_quota_exceeded"
    bed.clock.move(seconds=31 * 86_400)
    alice_uploads.begin(1)
    assert violations(bed) == []


def test_no_more_uploads_are_pending_than_the_stage_allows(
    bed: Bed, alice_uploads: Uploader, few: None
) -> None:
    first, second = alice_uploads.begin(1), alice_uploads.begin(1)
    refused = alice_uploads.try_to_begin(1).json()["error"]
    assert refused["code"] == "upload_quota_exceeded"
    assert "at most 2 pending uploads" in refused["message"]
    alice_uploads.try_to_cancel(first)
    alice_uploads.begin(1)
    alice_uploads.complete(second, [alice_uploads.stage(second, b"x")])
    alice_uploads.begin(1)
    bed.clock.move(seconds=86_400)
    alice_uploads.begin(1)
    alice_uploads.begin(1)
    assert alice_uploads.try_to_begin(1).status_code == 403
    assert violations(bed) == []


def test_no_more_parts_are_staged_than_the_stage_allows(alice_uploads: Uploader, few: None) -> None:
    upload = alice_uploads.begin(3)
    for _ in range(2):
        alice_uploads.stage(upload, b"a")
    answered = alice_uploads.try_to_stage(upload, b"a")
    assert answered.status_code == 400
    assert "at most 2 parts" in answered.json()["error"]["message"]
