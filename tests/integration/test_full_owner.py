"""An owner whose items fill all that DynamoDB keeps for one: room can be made, and nothing else."""

from typing import Any

import httpx2
import pytest
from botocore.exceptions import ClientError

from lambdas.core.errors import CatalogFull, LarderError, Unavailable
from lambdas.stores.aws import translated
from tests.bed.bed import Bed, Way
from tests.bed.full_owner import FullOwner
from tests.bed.invariants import leftovers, violations
from tests.bed.stock import files_of
from tests.bed.uploader import MIB, Uploader

LONGER_THAN_ANY_LIFE = 31 * 86_400


def try_to_create(bed: Bed, size: int = 5, key: str | None = None) -> httpx2.Response:
    form: Any = {"file": ("a.jsonl", bytes(size))}
    headers = {} if key is None else {"Idempotency-Key": key}
    return bed.http_of("alice").post(
        "/files", data={"purpose": "batch"}, files=form, headers=headers
    )


def create(bed: Bed, size: int = 5) -> str:
    return str(try_to_create(bed, size).json()["id"])


def delete(bed: Bed, file_id: str) -> None:
    assert bed.http_of("alice").delete(f"/files/{file_id}").json()["deleted"]


def fill(bed: Bed, room: int | None = None) -> FullOwner:
    """From now on nothing of alice's grows, or nothing beyond the room that there is."""
    full = FullOwner("alice", room)
    bed.wire.interceptor = full
    return full


def is_refused(answer: httpx2.Response) -> bool:
    error = answer.json()["error"]
    assert "Delete files, or wait until some expire" in error["message"]
    refusal = (answer.status_code, error["type"], error["code"])
    return refusal == (403, "insufficient_quota", "catalog_full")


def nothing_is_wrong(bed: Bed) -> bool:
    return (violations(bed), leftovers(bed)) == ([], [])


@pytest.mark.parametrize(
    ("way", "size"), [("gateway", 5), ("front_door", 5), ("front_door", 7 * MIB)]
)
def test_a_file_is_refused_and_leaves_nothing(bed: Bed, way: Way, size: int) -> None:
    create(bed)
    bed = bed.through(way)
    full = fill(bed)
    assert is_refused(try_to_create(bed, size))
    assert full.refused
    assert len(bed.items("alice")) == 2
    assert nothing_is_wrong(bed)


def test_an_idempotency_key_is_refused_and_free_for_later(bed: Bed) -> None:
    fill(bed)
    assert is_refused(try_to_create(bed, key="once"))
    assert bed.items("alice") == []
    bed.wire.interceptor = None
    assert try_to_create(bed, key="once").status_code == 200


def test_an_upload_is_refused_and_leaves_nothing(bed: Bed, alice_uploads: Uploader) -> None:
    fill(bed)
    assert is_refused(alice_uploads.try_to_begin(5))
    assert bed.items("alice") == []
    assert nothing_is_wrong(bed)


def test_a_part_is_refused_and_leaves_nothing(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(5)
    fill(bed)
    assert is_refused(alice_uploads.try_to_stage(upload, b"12345"))
    assert nothing_is_wrong(bed)


@pytest.mark.parametrize("room", [None, 100], ids=["to be held", "to be shown"])
def test_an_upload_completes_once_there_is_room(
    bed: Bed, alice_uploads: Uploader, room: int | None
) -> None:
    upload = alice_uploads.begin(5)
    part_ids = alice_uploads.send_all(upload, b"12345")
    fill(bed, room)
    assert is_refused(alice_uploads.try_to_complete(upload, part_ids))
    assert violations(bed) == []
    bed.wire.interceptor = None
    assert alice_uploads.content(alice_uploads.complete(upload, part_ids)) == b"12345"


def test_a_delete_works_and_gives_its_bytes_back_at_once(bed: Bed) -> None:
    kept, file_id = create(bed, 3), create(bed, 2)
    full = fill(bed)
    delete(bed, file_id)
    assert full.refused == []
    assert bed.http_of("alice").get("/usage").json()["bytes"] == 3
    bed.run_stream()
    assert nothing_is_wrong(bed)
    assert [key.rpartition("/")[2] for key in bed.object_keys()] == [kept]


def test_a_delete_works_that_makes_the_usage_longer_which_follows(bed: Bed) -> None:
    create(bed, 999)
    file_id = create(bed, 1)
    full = fill(bed)
    delete(bed, file_id)
    assert len(full.refused) == 1
    fill(bed, room=1)
    bed.run_stream()
    assert bed.stream.dead_letters == []
    assert nothing_is_wrong(bed)


def test_a_file_that_came_as_an_upload_can_be_deleted(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(5)
    file = alice_uploads.complete(upload, alice_uploads.send_all(upload, b"12345"))
    full = fill(bed)
    delete(bed, str(file["id"]))
    assert full.refused == []
    bed.run_stream()
    assert nothing_is_wrong(bed)


def test_an_upload_can_be_cancelled(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(5)
    full = fill(bed)
    assert alice_uploads.try_to_cancel(upload).json()["status"] == "cancelled"
    assert full.refused == []
    assert nothing_is_wrong(bed)


def test_what_ttl_removes_is_given_back(bed: Bed, alice_uploads: Uploader) -> None:
    create(bed)
    alice_uploads.stage(alice_uploads.begin(5), b"12345")
    full = fill(bed)
    bed.clock.move(seconds=LONGER_THAN_ANY_LIFE)
    assert len(bed.run_ttl()) == 2
    bed.run_stream()
    assert full.refused == []
    assert bed.stream.dead_letters == []
    assert nothing_is_wrong(bed)


def test_what_has_expired_makes_room_before_ttl_comes_by(bed: Bed) -> None:
    bed.stock(files_of("alice", 2, since=bed.clock.now, size=5, seconds=3600))
    bed.clock.move(seconds=3700)
    fill(bed, room=0)
    assert try_to_create(bed).status_code == 200
    bed.run_stream()
    assert violations(bed) == []


def test_another_owner_is_not_concerned(bed: Bed, bob: Any) -> None:
    fill(bed)
    assert bob.files.create(file=("a", b"x"), purpose="batch").bytes == 1


@pytest.mark.parametrize(("tries", "error"), [(0, CatalogFull), (1, Unavailable)])
def test_a_refusal_behind_a_lost_answer_is_an_unknown_outcome(
    tries: int, error: type[LarderError]
) -> None:
    refusal: Any = {
        "Error": {"Code": "ItemCollectionSizeLimitExceededException"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": tries},
    }
    with pytest.raises(error), translated():
        raise ClientError(refusal, "PutItem")
