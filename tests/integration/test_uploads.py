"""Upload sessions and their parts: every field, every status."""

from typing import Any

import pytest

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import MIB, PART, Uploader, content_of

HOUR = 3600
DAY = 86_400


def test_a_new_upload_is_pending_and_lasts_a_day(bed: Bed, alice_uploads: Uploader) -> None:
    began = int(bed.clock.now)
    upload = alice_uploads.begin(20 * MIB, filename="a.jsonl", mime_type="application/jsonl")
    assert upload == {
        "id": upload["id"],
        "object": "upload",
        "bytes": 20 * MIB,
        "created_at": began,
        "filename": "a.jsonl",
        "purpose": "batch",
        "status": "pending",
        "expires_at": began + HOUR,
        "file": None,
        "mime_type": "application/jsonl",
        "part_size": PART,
        "part_count": 3,
    }
    assert upload["id"].startswith("upload_")


def test_a_completed_upload_shows_its_file(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3, expires_after={"anchor": "created_at", "seconds": 7200})
    part_id = alice_uploads.stage(upload, b"abc")
    bed.clock.move(seconds=60)
    completed = alice_uploads.try_to_complete(upload, [part_id]).json()
    file = completed["file"]
    ends = upload["created_at"] + DAY
    assert completed == {**upload, "status": "completed", "file": file, "expires_at": ends}
    assert file == {
        "id": file["id"],
        "object": "file",
        "bytes": 3,
        "created_at": upload["created_at"] + 60,
        "expires_at": upload["created_at"] + 60 + 7200,
        "filename": "a.jsonl",
        "purpose": "batch",
        "status": "processed",
    }
    assert alice_uploads.files() == [file]
    assert alice_uploads.content(file) == b"abc"


def test_a_cancelled_upload_says_so(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    answered = alice_uploads.try_to_cancel(upload)
    assert (answered.status_code, answered.json()) == (200, {**upload, "status": "cancelled"})


def test_a_cancel_tells_the_end_that_the_upload_has_by_then(
    bed: Bed, alice_uploads: Uploader
) -> None:
    """Whose first part URL came after the session was read: it lasts a day, and not an hour."""
    upload = alice_uploads.begin(6)
    with meanwhile(bed.wire, "TransactWriteItems", lambda: alice_uploads.link(upload, 1)):
        cancelled = alice_uploads.try_to_cancel(upload).json()
    assert cancelled["expires_at"] > upload["expires_at"]
    assert cancelled == alice_uploads.upload(upload["id"])


def test_cancelling_again_answers_as_the_first_time(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    first, again = alice_uploads.try_to_cancel(upload), alice_uploads.try_to_cancel(upload)
    assert (again.status_code, again.json()) == (200, first.json())


def test_an_upload_expires_to_the_second(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    bed.clock.set(upload["expires_at"] - 0.001)
    assert alice_uploads.upload(upload["id"])["status"] == "pending"
    bed.clock.set(upload["expires_at"])
    assert alice_uploads.upload(upload["id"])["status"] == "expired"


def end_by(uploader: Uploader, how: str) -> dict[str, Any]:
    """Create an upload of three bytes, end it in this way and return it as it is then."""
    upload = uploader.begin(3)
    if how == "completed":
        uploader.complete(upload, [uploader.stage(upload, b"abc")])
    elif how == "cancelled":
        assert uploader.try_to_cancel(upload).status_code == 200
    else:
        uploader.bed.clock.set(upload["expires_at"])
    return uploader.upload(upload["id"])


ENDS = ["completed", "cancelled", "expired"]


@pytest.mark.parametrize("how", ENDS)
def test_an_upload_is_retrieved_as_it_is(alice_uploads: Uploader, how: str) -> None:
    assert end_by(alice_uploads, how)["status"] == how


@pytest.mark.parametrize("how", ENDS)
def test_an_upload_that_has_ended_takes_nothing_more(alice_uploads: Uploader, how: str) -> None:
    upload = end_by(alice_uploads, how)
    part_id = "part_" + "0" * 26
    answers = [
        alice_uploads.try_to_stage(upload, b"x"),
        alice_uploads.try_to_link(upload, [1]),
        alice_uploads.try_to_complete(upload, [part_id]),
        alice_uploads.http.get(f"/uploads/{upload['id']}/parts"),
    ]
    if how != "cancelled":
        answers.append(alice_uploads.try_to_cancel(upload))
    for answered in answers:
        error = answered.json()["error"]
        assert answered.status_code == 400
        assert (error["param"], error["code"]) == ("upload_id", "upload_not_pending")
        assert f"{upload['id']} is {how}" in error["message"]
    assert alice_uploads.upload(upload["id"]) == upload


def test_a_staged_part_tells_its_size_and_checksum(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    bed.clock.move(seconds=5)
    part = alice_uploads.try_to_stage(upload, b"abc").json()
    assert part == {
        "id": part["id"],
        "object": "upload.part",
        "upload_id": upload["id"],
        "created_at": upload["created_at"] + 5,
        "bytes": 3,
        "part_number": None,
        "checksum": crc64nvme(b"abc"),
    }


def test_staged_parts_are_listed_oldest_first(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    sent = []
    for piece in (b"b", b"c", b"ac"):
        bed.clock.move(seconds=1)
        sent.append(alice_uploads.try_to_stage(upload, piece).json())
    listed = alice_uploads.http.get(f"/uploads/{upload['id']}/parts").json()
    assert listed["data"] == [{**part, "checksum": None} for part in sent]
    assert (listed["object"], listed["has_more"]) == ("list", False)
    assert (listed["first_id"], listed["last_id"]) == (sent[0]["id"], sent[-1]["id"])


def test_presigned_parts_are_listed_by_number(alice_uploads: Uploader) -> None:
    content = content_of(PART + 5)
    upload = alice_uploads.begin(len(content))
    alice_uploads.send(upload, 2, content[PART:])
    alice_uploads.send(upload, 1, content[:PART])
    listed = [
        (part["id"], part["part_number"], part["bytes"]) for part in alice_uploads.parts(upload)
    ]
    assert listed == [("part_00001", 1, PART), ("part_00002", 2, 5)]


def test_no_parts_are_an_empty_list(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    assert alice_uploads.http.get(f"/uploads/{upload['id']}/parts").json() == {
        "object": "list",
        "first_id": "",
        "last_id": "",
        "has_more": False,
        "data": [],
    }


def test_a_part_url_tells_what_to_send_where_and_until_when(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(PART + 5)
    checksum = crc64nvme(b"x")
    listed = alice_uploads.try_to_link(upload, [2, 1], {"1": checksum}).json()
    assert (listed["object"], listed["has_more"]) == ("list", False)
    assert (listed["first_id"], listed["last_id"]) == ("part_00002", "part_00001")
    second, first = listed["data"]
    assert second == {
        "id": "part_00002",
        "object": "upload.part_url",
        "part_number": 2,
        "url": second["url"],
        "method": "PUT",
        "headers": {"content-length": "5"},
        "bytes": 5,
        "expires_at": int(bed.clock.now) + 900,
    }
    assert first["headers"] == {
        "content-length": str(PART),
        "x-amz-checksum-crc64nvme": checksum,
    }


def test_a_hundred_urls_come_in_one_call(alice_uploads: Uploader) -> None:
    with alice_uploads.bed.deployed_with(
        part_bytes=5 * MIB, file_bytes=500 * MIB, purpose_bytes={}
    ):
        upload = alice_uploads.begin(500 * MIB)
    numbers = list(range(1, 101))
    listed = alice_uploads.try_to_link(upload, numbers).json()
    assert [link["part_number"] for link in listed["data"]] == numbers


def test_a_part_url_ends_with_its_session(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.link(upload, 1)
    ends = alice_uploads.upload(upload["id"])["expires_at"]
    bed.clock.set(ends - 1)
    assert alice_uploads.link(upload, 1)["expires_at"] == ends


def test_sessions_are_listed_page_by_page(bed: Bed, alice_uploads: Uploader) -> None:
    ids = [alice_uploads.begin(1)["id"] for _ in range(5)]

    def page(**params: str | int) -> dict[str, Any]:
        return dict(alice_uploads.http.get("/uploads", params=params).json())

    found = page(limit=2, order="asc")
    assert [upload["id"] for upload in found["data"]] == ids[:2]
    assert (found["first_id"], found["last_id"], found["has_more"]) == (ids[0], ids[1], True)
    found = page(limit=2, order="asc", after=ids[1])
    assert [upload["id"] for upload in found["data"]] == ids[2:4]
    found = page(limit=2, order="asc", after=ids[3])
    assert ([upload["id"] for upload in found["data"]], found["has_more"]) == (ids[4:], False)
    assert [upload["id"] for upload in page()["data"]] == ids[::-1]


def test_listed_sessions_are_what_each_of_them_is(bed: Bed, alice_uploads: Uploader) -> None:
    uploads = [end_by(alice_uploads, how) for how in ("completed", "cancelled", "expired")]
    listed = alice_uploads.http.get("/uploads").json()["data"]
    assert listed == uploads[::-1]


def test_idempotency_claims_files_and_usage_are_not_listed_as_sessions(
    alice_uploads: Uploader,
) -> None:
    upload = end_by(alice_uploads, "completed")
    assert alice_uploads.http.get("/uploads").json()["data"] == [upload]


def test_the_largest_upload_has_parts_of_8_mib(alice_uploads: Uploader) -> None:
    with alice_uploads.bed.deployed_with(upload_purposes=("batch", "fine-tune")):
        upload = alice_uploads.begin(512 * MIB, purpose="fine-tune")
    assert (upload["part_size"], upload["part_count"]) == (8 * MIB, 64)
