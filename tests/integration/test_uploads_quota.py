"""An upload reserves its bytes when it begins: used once completed, else given back, once."""

import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import MIB, PART, Uploader, content_of

NOTHING = {"bytes": 0, "reserved_bytes": 0, "files": 0}


def test_a_pending_upload_reserves_its_bytes(alice_uploads: Uploader) -> None:
    alice_uploads.begin(200 * MIB)
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 200 * MIB, "files": 0}


def test_completion_turns_the_reservation_into_use(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.complete(upload, [alice_uploads.stage(upload, b"abc")])
    assert alice_uploads.usage() == {"bytes": 3, "reserved_bytes": 0, "files": 1}


def test_cancelling_gives_the_bytes_back_at_once_and_once(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    for _ in range(2):
        alice_uploads.try_to_cancel(upload)
        assert alice_uploads.usage() == NOTHING


def test_expiry_gives_the_bytes_back_to_the_second(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    bed.clock.set(upload["expires_at"] - 0.001)
    assert alice_uploads.usage()["reserved_bytes"] == 3
    bed.clock.set(upload["expires_at"])
    assert alice_uploads.usage() == NOTHING


@pytest.mark.parametrize("end", ["cancelled", "expired", "completed and deleted"])
def test_however_a_session_ends_ttl_and_stream_give_nothing_back_twice(
    bed: Bed, alice_uploads: Uploader, end: str
) -> None:
    kept, upload = alice_uploads.begin(5), alice_uploads.begin(3)
    alice_uploads.complete(kept, [alice_uploads.stage(kept, b"abcde")])
    if end == "cancelled":
        alice_uploads.try_to_cancel(upload)
    elif end == "completed and deleted":
        file = alice_uploads.complete(upload, [alice_uploads.stage(upload, b"abc")])
        assert alice_uploads.http.delete(f"/files/{file['id']}").status_code == 200
    bed.clock.move(seconds=86_400)
    for _ in range(2):
        bed.run_ttl()
        bed.run_stream()
        assert alice_uploads.usage() == {"bytes": 5, "reserved_bytes": 0, "files": 1}
    assert bed.object_keys() == [f"expires-in-30d/alice/{kept['id']}"]


def test_a_session_goes_with_its_expired_file_and_gives_nothing_back_of_its_own(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload, pending = alice_uploads.begin(3), 5
    file = alice_uploads.complete(upload, [alice_uploads.stage(upload, b"abc")])
    bed.clock.set(file["expires_at"] - 1)
    alice_uploads.begin(pending)
    bed.clock.set(file["expires_at"])
    assert {upload["id"], file["id"]} <= set(bed.run_ttl())
    bed.run_stream()
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": pending, "files": 0}
    assert bed.object_keys() == []


def test_what_does_not_fit_is_refused_before_a_byte_is_sent(
    bed: Bed, alice_uploads: Uploader
) -> None:
    bed.set_quota("alice", 10)
    alice_uploads.begin(7)
    answered = alice_uploads.try_to_begin(4)
    error = answered.json()["error"]
    assert (answered.status_code, error["code"]) == (403, "storage_quota_exceeded")
    assert "7 of 10 bytes are used and this needs 4" in error["message"]
    assert alice_uploads.begin(3)["status"] == "pending"


def test_a_refused_upload_leaves_no_multipart_upload(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 10)
    alice_uploads.try_to_begin(11)
    s3 = bed.session.client("s3")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bed.deployment.content_bucket)


def test_files_and_uploads_share_one_quota(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 10)
    alice_uploads.begin(8)
    answered = alice_uploads.http.post(
        "/files", data={"purpose": "batch"}, files={"file": ("a", b"abc")}
    )
    assert answered.json()["error"]["code"] == "storage_quota_exceeded"


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_what_an_ended_upload_held_is_room_for_the_next(
    bed: Bed, alice_uploads: Uploader, end: str
) -> None:
    bed.set_quota("alice", 10)
    upload = alice_uploads.begin(10)
    if end == "cancelled":
        alice_uploads.try_to_cancel(upload)
    else:
        bed.clock.set(upload["expires_at"])
    assert alice_uploads.begin(10)["status"] == "pending"
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 10, "files": 0}
    bed.run_stream()
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 10, "files": 0}


def test_a_completed_session_is_no_reservation_when_it_goes(
    bed: Bed, alice_uploads: Uploader
) -> None:
    """A full quota releases what has expired; a session whose file has gone holds nothing."""
    bed.set_quota("alice", 10)
    life = {"anchor": "created_at", "seconds": 3600}
    upload = alice_uploads.begin(6, expires_after=life)
    alice_uploads.complete(upload, [alice_uploads.stage(upload, b"abcdef")])
    bed.clock.move(seconds=3601)
    assert alice_uploads.begin(10)["status"] == "pending"
    bed.run_ttl()
    bed.run_stream()
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 10, "files": 0}


def test_service_and_owner_share_the_owners_quota(
    bed: Bed, alice_uploads: Uploader, service_uploads: Uploader
) -> None:
    upload = service_uploads.begin(4, purpose="batch-output")
    service_uploads.complete(upload, [service_uploads.stage(upload, b"abcd")])
    alice_uploads.begin(3)
    assert alice_uploads.usage() == {"bytes": 4, "reserved_bytes": 3, "files": 1}


def test_an_expired_session_leaves_nothing_in_the_bucket(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(PART + 1)
    alice_uploads.send(upload, 1, content_of(PART))
    alice_uploads.stage(upload, b"x")
    bed.clock.set(alice_uploads.end_of(upload))
    bed.run_ttl()
    bed.run_stream()
    s3 = bed.session.client("s3")
    assert bed.object_keys() == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bed.deployment.content_bucket)
