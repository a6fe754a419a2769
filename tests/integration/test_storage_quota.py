"""Two gibibytes an owner: taken with the file, given back with it, at once."""

import openai
import pytest
from openai.types import FileObject

from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.stock import files_of

MIB = 2**20
GIB = 2**30


def create(client: openai.OpenAI, size: int, seconds: int = 86_400) -> FileObject:
    return client.files.create(
        file=("batch.jsonl", bytes(size)),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": seconds},
    )


def usage_of(bed: Bed, owner: str) -> dict[str, object]:
    answer: dict[str, object] = bed.http_of(owner).get("/usage").json()
    return answer


def test_an_owner_who_has_nothing_may_have_two_gibibytes(bed: Bed) -> None:
    assert usage_of(bed, "alice") == {
        "object": "usage",
        "owner": "alice",
        "bytes": 0,
        "reserved_bytes": 0,
        "quota_bytes": 2 * GIB,
        "files": 0,
        "uploads": 0,
        "limits": {
            "file_bytes": 512 * MIB,
            "batch_bytes": 200 * MIB,
            "batch_requests": 50_000,
            "purposes": {"batch": 200 * MIB},
        },
    }


def test_a_batch_may_have_any_number_of_requests_where_the_stage_says_so(bed: Bed) -> None:
    with bed.deployed_with(batch_requests=None):
        limits = usage_of(bed, "alice")["limits"]
    assert limits == {
        "file_bytes": 512 * MIB,
        "batch_bytes": 200 * MIB,
        "batch_requests": None,
        "purposes": {"batch": 200 * MIB},
    }


def test_files_count_by_their_bytes(bed: Bed, alice: openai.OpenAI) -> None:
    for size in (10, 0, 32):
        create(alice, size)
    usage = usage_of(bed, "alice")
    assert (usage["bytes"], usage["files"]) == (42, 3)


def test_the_operator_s_quota_is_told(bed: Bed) -> None:
    bed.set_quota("alice", 10 * GIB)
    assert usage_of(bed, "alice")["quota_bytes"] == 10 * GIB


def test_what_does_not_fit_is_refused_naming_used_limit_and_needed(
    bed: Bed, alice: openai.OpenAI
) -> None:
    bed.set_quota("alice", 100)
    create(alice, 70)
    with pytest.raises(openai.PermissionDeniedError) as raised:
        create(alice, 31)
    assert raised.value.code == "storage_quota_exceeded"
    assert raised.value.type == "insufficient_quota"
    assert "70 of 100 bytes are used and this needs 31 more" in raised.value.message


def test_what_fits_exactly_is_taken(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    create(alice, 70)
    create(alice, 30)
    assert usage_of(bed, "alice")["bytes"] == 100


def test_a_refused_file_leaves_no_bytes_behind(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    with pytest.raises(openai.PermissionDeniedError):
        create(alice, 101)
    assert bed.object_keys() == []
    assert alice.files.list().data == []


def test_a_delete_makes_room_at_once(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    file = create(alice, 100)
    alice.files.delete(file.id)
    create(alice, 100)
    assert usage_of(bed, "alice")["bytes"] == 100


def test_an_expired_file_makes_room_at_once(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    file = create(alice, 100, seconds=3600)
    assert file.expires_at is not None
    bed.clock.set(file.expires_at)
    create(alice, 100)
    assert usage_of(bed, "alice")["bytes"] == 100


def test_an_expired_file_that_made_room_is_given_back_once(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    create(alice, 100, seconds=3600)
    bed.clock.move(seconds=3601)
    other = create(alice, 100)
    bed.run_ttl()
    bed.run_stream()
    assert usage_of(bed, "alice")["bytes"] == 100
    assert bed.object_keys() == [f"expires-in-01d/alice/{other.id}"]


@pytest.mark.slow
def test_however_many_expired_files_make_room(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 150)
    bed.stock(files_of("alice", 150, since=bed.clock.now, every=0.001, seconds=3600))
    bed.clock.move(seconds=3601)
    create(alice, 150)
    usage = usage_of(bed, "alice")
    assert (usage["bytes"], usage["files"]) == (150, 1)


def test_a_deleted_file_is_given_back_once(bed: Bed, alice: openai.OpenAI) -> None:
    create(alice, 10)
    alice.files.delete(create(alice, 100).id)
    bed.run_stream()
    usage = usage_of(bed, "alice")
    assert (usage["bytes"], usage["files"]) == (10, 1)
    assert len(bed.object_keys()) == 1


def test_a_smaller_quota_keeps_what_is_stored_and_takes_no_more(
    bed: Bed, alice: openai.OpenAI
) -> None:
    file = create(alice, 100)
    bed.set_quota("alice", 50)
    assert alice.files.retrieve(file.id) == file
    with pytest.raises(openai.PermissionDeniedError):
        create(alice, 1)


def test_an_empty_file_fits_into_a_full_quota(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 100)
    create(alice, 100)
    assert create(alice, 0).bytes == 0


def test_one_owner_s_bytes_are_none_of_another_s(
    bed: Bed, alice: openai.OpenAI, bob: openai.OpenAI
) -> None:
    bed.set_quota("alice", 100)
    create(alice, 100)
    create(bob, 100)
    assert usage_of(bed, "bob")["bytes"] == 100


def test_an_expired_file_that_an_operator_put_back_makes_no_room_twice(
    bed: Bed, alice: openai.OpenAI
) -> None:
    bed.set_quota("alice", 100)
    put_back, other = bed.stock(
        files_of("alice", 2, since=bed.clock.now, every=0, size=40, seconds=3600)
    )
    bed.session.client("dynamodb").put_item(
        TableName=CATALOG_TABLE,
        Item={"owner": {"S": f"alice#{put_back}"}, "id": {"S": f"released#{put_back}"}},
    )
    bed.clock.move(seconds=3601)
    create(alice, 60)
    with pytest.raises(openai.PermissionDeniedError):
        create(alice, 1)
    ids = [item["id"]["S"] for item in bed.items("alice")]
    assert put_back in ids
    assert other not in ids
