"""A session to which nobody sends a part ends after an hour, and one with parts after a day."""

from collections.abc import Callable
from typing import Any

import openai
import pytest

from lambdas.core.errors import UploadNotFound, UploadNotPending
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.uploads import UploadItems
from tests.bed.bed import Bed
from tests.bed.invariants import violations
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import MIB, Uploader, content_of

HOUR = 3_600
DAY = 24 * HOUR
NOTHING = {"bytes": 0, "reserved_bytes": 0, "files": 0}

PROLONG: dict[str, Callable[[Uploader, Any], object]] = {
    "a part through the API": lambda uploader, upload: uploader.stage(upload, b"a"),
    "part URLs": lambda uploader, upload: uploader.link(upload, 1),
}
PROLONG_NOTHING: dict[str, Callable[[Uploader, Any], Any]] = {
    "an empty part": lambda uploader, upload: uploader.try_to_stage(upload, b""),
    "a part larger than its upload": lambda uploader, upload: uploader.try_to_stage(
        upload, b"abcd"
    ),
    "a part larger than a request": lambda uploader, upload: uploader.try_to_stage(
        upload, bytes(4 * MIB + 1)
    ),
    "a part larger than an event": lambda uploader, upload: uploader.try_to_stage(
        upload, bytes(7 * MIB)
    ),
    "no part": lambda uploader, upload: uploader.http.post(
        f"/uploads/{upload['id']}/parts", files={"other": b""}
    ),
    "URLs of parts that there are not": lambda uploader, upload: uploader.try_to_link(upload, [2]),
    "a senseless checksum": lambda uploader, upload: uploader.try_to_link(upload, [1], {"1": "x"}),
    "completing": lambda uploader, upload: uploader.try_to_complete(upload, ["part_00001"]),
    "another owner's part": lambda uploader, upload: Uploader(uploader.bed, "bob").try_to_stage(
        upload, b"a"
    ),
    "a service's URLs": lambda uploader, upload: Uploader(
        uploader.bed, "batch-system", acting_for="alice"
    ).try_to_link(upload, [1]),
}


def test_a_new_session_is_told_to_end_after_an_hour(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    assert upload["expires_at"] == upload["created_at"] + HOUR
    assert alice_uploads.upload(upload["id"]) == upload


def test_a_stage_may_have_shorter_sessions(bed: Bed, alice_uploads: Uploader) -> None:
    with bed.deployed_with(upload_seconds=60):
        upload = alice_uploads.begin(3)
        alice_uploads.stage(upload, b"a")
        assert alice_uploads.upload(upload["id"]) == upload
    assert upload["expires_at"] == upload["created_at"] + 60


def test_without_a_part_it_stops_counting_after_an_hour(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 5)
    upload = alice_uploads.begin(5)
    bed.clock.set(upload["expires_at"] - 0.01)
    assert alice_uploads.try_to_begin(1).status_code == 403
    bed.clock.set(upload["expires_at"])
    assert alice_uploads.usage() == NOTHING
    alice_uploads.begin(5)
    assert violations(bed) == []


@pytest.mark.parametrize("how", PROLONG)
def test_it_lasts_a_day_once_it_gets_a_part(bed: Bed, alice_uploads: Uploader, how: str) -> None:
    upload = alice_uploads.begin(1)
    bed.clock.set(upload["expires_at"] - 0.01)
    PROLONG[how](alice_uploads, upload)
    found = alice_uploads.upload(upload["id"])
    assert found == {**upload, "expires_at": upload["created_at"] + DAY}
    bed.clock.set(found["expires_at"] - 0.01)
    assert alice_uploads.usage()["reserved_bytes"] > 0
    bed.clock.set(found["expires_at"])
    assert alice_uploads.usage() == NOTHING
    assert alice_uploads.upload(upload["id"])["status"] == "expired"


@pytest.mark.parametrize("how", PROLONG_NOTHING)
def test_what_is_refused_does_not_prolong_it(bed: Bed, alice_uploads: Uploader, how: str) -> None:
    upload = alice_uploads.begin(3)
    assert PROLONG_NOTHING[how](alice_uploads, upload).status_code >= 400
    assert alice_uploads.upload(upload["id"]) == upload
    bed.clock.set(upload["expires_at"])
    assert alice_uploads.usage() == NOTHING


def test_a_part_for_which_there_is_no_room_does_not_prolong_it(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(5 * MIB)
    bed.set_quota("alice", 5 * MIB)
    assert alice_uploads.try_to_stage(upload, b"a").status_code == 403
    assert alice_uploads.upload(upload["id"]) == upload


@pytest.mark.parametrize("how", PROLONG)
def test_after_the_hour_nothing_prolongs_it(bed: Bed, alice_uploads: Uploader, how: str) -> None:
    upload = alice_uploads.begin(1)
    bed.clock.set(upload["expires_at"])
    with pytest.raises(AssertionError, match="upload_not_pending"):
        PROLONG[how](alice_uploads, upload)
    assert alice_uploads.upload(upload["id"]) == {**upload, "status": "expired"}


@pytest.mark.parametrize("how", ["staged", "presigned"])
def test_a_completed_upload_always_tells_the_same_end(alice_uploads: Uploader, how: str) -> None:
    upload = alice_uploads.begin(3)
    send = alice_uploads.send_all if how == "presigned" else None
    part_ids = send(upload, b"abc") if send else [alice_uploads.stage(upload, b"abc")]
    answers = [alice_uploads.try_to_complete(upload, part_ids).json() for _ in range(2)]
    assert answers[0] == answers[1] == alice_uploads.upload(upload["id"])
    assert answers[0]["expires_at"] == upload["created_at"] + DAY
    assert alice_uploads.http.get("/uploads").json()["data"] == answers[:1]


def test_a_part_url_lives_beyond_the_hour_that_it_prolongs(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(3)
    bed.clock.set(upload["expires_at"] - 1)
    link = alice_uploads.link(upload, 1)
    assert link["expires_at"] == upload["expires_at"] - 1 + 900
    bed.clock.move(seconds=600)
    assert alice_uploads.put(link, b"abc").status == 200
    assert alice_uploads.complete(upload, [link["id"]])["bytes"] == 3


def test_only_the_first_part_urls_write(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.link(upload, 1)
    bed.wire.calls.clear()
    alice_uploads.link(upload, 1)
    assert "UpdateItem" not in [call.operation for call in bed.wire.calls]


def test_the_same_request_is_answered_as_the_first_time_though_it_was_prolonged(
    alice_uploads: Uploader,
) -> None:
    first = alice_uploads.begin(3, idempotency_key="once")
    alice_uploads.stage(first, b"a")
    assert alice_uploads.begin(3, idempotency_key="once") == first
    assert alice_uploads.upload(first["id"])["expires_at"] == first["created_at"] + DAY


def prolong(upload: dict[str, Any], now: float) -> None:
    """Do what a request does that came at this moment and is still at work."""
    items = UploadItems(Table.from_environment())
    items.prolong(items.get("alice", upload["id"]), now)


def test_one_that_is_prolonged_in_its_last_moment_is_not_released(
    bed: Bed, alice_uploads: Uploader
) -> None:
    bed.set_quota("alice", 5)
    upload = alice_uploads.begin(5)
    bed.clock.set(upload["expires_at"])
    late = lambda: prolong(upload, upload["expires_at"] - 1)  # noqa: E731
    with meanwhile(bed.wire, "TransactWriteItems", late):
        assert alice_uploads.try_to_begin(1).status_code == 403
    assert alice_uploads.usage()["reserved_bytes"] == 5
    assert violations(bed) == []


def test_one_that_was_released_is_not_prolonged(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 5)
    upload = alice_uploads.begin(5)
    session = UploadItems(Table.from_environment()).get("alice", upload["id"])
    bed.clock.set(upload["expires_at"])
    alice_uploads.begin(5)
    with pytest.raises(UploadNotFound):
        UploadItems(Table.from_environment()).prolong(session, upload["expires_at"] - 1)
    assert violations(bed) == []


def test_one_that_was_cancelled_is_not_prolonged(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(5)
    cancel = lambda: alice_uploads.try_to_cancel(upload)  # noqa: E731
    with meanwhile(bed.wire, "UpdateItem", cancel):
        answer = alice_uploads.try_to_link(upload, [1])
    assert answer.json()["error"]["code"] == UploadNotPending.code
    assert alice_uploads.usage() == NOTHING
    assert violations(bed) == []


@pytest.mark.parametrize("part_size", [64 * MIB, 5 * MIB], ids=["the SDK's own", "5 MiB"])
def test_a_failed_try_of_the_sdk_says_how_to_cancel_and_stops_counting_by_itself(
    bed: Bed, alice: openai.OpenAI, alice_uploads: Uploader, part_size: int
) -> None:
    size = 12 * MIB
    with pytest.raises(openai.APIStatusError, match=r"client\.uploads\.cancel") as refused:
        alice.uploads.upload_file_chunked(
            file=content_of(size),
            filename="a.jsonl",
            bytes=size,
            mime_type="application/jsonl",
            purpose="batch",
            part_size=part_size,
        )
    assert refused.value.status_code == 413
    assert alice_uploads.usage()["reserved_bytes"] == size
    bed.clock.move(seconds=HOUR)
    assert alice_uploads.usage() == NOTHING
