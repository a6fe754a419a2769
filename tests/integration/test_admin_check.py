"""`larder admin check`: finds nothing in a sound deployment, and finds and mends planted damage."""

import time
from collections.abc import Callable

import openai
import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage, Finding
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET

DAY = 86_400


def check(
    bed: Bed,
    *,
    repair: bool = False,
    grace: float = -60,
    now: float = 0,
    meanwhile: Callable[[], object] = lambda: None,
) -> list[Finding]:
    """Run a check; a grace period below zero passes over nothing.

    `meanwhile` happens once, while the check waits between two readings of a usage.
    """
    happenings = iter([meanwhile])
    run = Check(
        Catalog(bed.deployment),
        Bucket(bed.deployment),
        repair=repair,
        grace_seconds=grace,
        now=now or time.time(),
        sleep=lambda _: next(happenings, lambda: None)(),
    ).run()
    return list(run)


def kinds(findings: list[Finding]) -> list[Damage]:
    return [finding.damage for finding in findings]


@pytest.fixture
def stored(bed: Bed, alice: openai.OpenAI, bob: openai.OpenAI) -> str:
    """A file of alice's beside another, one of bob's and a pending upload; returns its id."""
    for client in (alice, alice, bob):
        client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
    alice.uploads.create(filename="b", purpose="batch", bytes=7, mime_type="text/plain")
    return next(str(item["id"]["S"]) for item in bed.items("alice") if "file" in item)


def delete_object_of(bed: Bed, file_id: str) -> None:
    bed.session.client("s3").delete_object(
        Bucket=CONTENT_BUCKET, Key=f"expires-in-30d/alice/{file_id}"
    )


def delete_item(bed: Bed, file_id: str) -> None:
    """Remove a file by an operator's hand; the stream's record waits."""
    key = {"owner": {"S": "alice"}, "id": {"S": file_id}}
    bed.session.client("dynamodb").delete_item(TableName=CATALOG_TABLE, Key=key)


def change_usage(bed: Bed) -> None:
    bed.session.client("dynamodb").update_item(
        TableName=CATALOG_TABLE,
        Key={"owner": {"S": "alice"}, "id": {"S": "usage"}},
        UpdateExpression="ADD used_bytes :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def put_object(bed: Bed, object_key: str, content: bytes = b"lost") -> None:
    bed.session.client("s3").put_object(Bucket=CONTENT_BUCKET, Key=object_key, Body=content)


def test_a_sound_deployment_has_nothing_wrong(bed: Bed, stored: str) -> None:
    assert check(bed) == []


def test_a_completed_uploads_object_is_its_files(bed: Bed, alice: openai.OpenAI) -> None:
    alice.uploads.upload_file_chunked(
        file=b"x" * 100, filename="c", bytes=100, mime_type="text/plain", purpose="batch"
    )
    assert check(bed) == []


def test_a_file_without_its_object_is_found(bed: Bed, stored: str) -> None:
    delete_object_of(bed, stored)
    [found] = check(bed)
    assert (found.damage, found.owner, found.subject) == (
        Damage.FILE_WITHOUT_OBJECT,
        "alice",
        stored,
    )


def test_an_object_without_a_file_is_found(bed: Bed, stored: str) -> None:
    put_object(bed, "expires-in-07d/alice/file-01m86ady7stpsq9kjsqaqdh3bs")
    assert kinds(check(bed)) == [Damage.OBJECT_WITHOUT_FILE]


def test_an_object_within_the_grace_period_is_passed_over(bed: Bed, stored: str) -> None:
    put_object(bed, "expires-in-07d/alice/file-01m86ady7stpsq9kjsqaqdh3bs")
    assert check(bed, grace=3600) == []


def test_a_staged_part_without_its_session_is_found(bed: Bed) -> None:
    put_object(bed, "parts/alice/upload_01m86ady7stpsq9kjsqaqdh3bs/part_x")
    assert kinds(check(bed)) == [Damage.OBJECT_WITHOUT_FILE]


def test_an_object_of_another_size_is_found_and_left_alone(bed: Bed, stored: str) -> None:
    put_object(bed, f"expires-in-30d/alice/{stored}", b"123")
    assert kinds(check(bed, repair=True)) == kinds(check(bed)) == [Damage.WRONG_SIZE]


def test_a_usage_that_differs_from_the_sum_is_found(bed: Bed, stored: str) -> None:
    change_usage(bed)
    [found] = check(bed)
    assert (found.damage, found.owner) == (Damage.WRONG_USAGE, "alice")
    assert found.detail == "used 18 instead of 17"


def test_a_removal_that_the_stream_has_still_to_tell_is_no_damage(bed: Bed, stored: str) -> None:
    delete_object_of(bed, stored)
    delete_item(bed, stored)
    assert check(bed, meanwhile=bed.run_stream) == []


def test_traffic_meanwhile_hides_no_difference(bed: Bed, alice: openai.OpenAI, stored: str) -> None:
    change_usage(bed)

    def create() -> None:
        alice.files.create(file=("a.jsonl", b"123"), purpose="batch")

    [found] = check(bed, repair=True, meanwhile=create)
    assert (found.detail, found.repaired) == ("used 21 instead of 20", True)
    assert check(bed) == []


def test_what_goes_after_a_usage_was_set_is_given_back(bed: Bed, stored: str) -> None:
    change_usage(bed)
    assert all(finding.repaired for finding in check(bed, repair=True))
    delete_item(bed, stored)
    removed = bed.stream.take()
    for record in removed:
        record["dynamodb"]["ApproximateCreationDateTime"] += 2
    bed.stream.deliver(removed)
    assert check(bed) == []


def test_a_file_that_ttl_never_collected_is_found(bed: Bed, stored: str) -> None:
    findings = check(bed, now=time.time() + 33 * DAY)
    assert set(kinds(findings)) == {Damage.OVERDUE}


def test_a_multipart_upload_without_its_session_is_found(bed: Bed, stored: str) -> None:
    bed.session.client("s3").create_multipart_upload(
        Bucket=CONTENT_BUCKET, Key="expires-in-01d/alice/upload_01m86ady7stpsq9kjsqaqdh3bs"
    )
    assert kinds(check(bed)) == [Damage.UPLOAD_WITHOUT_SESSION]


def lose_a_file_object(bed: Bed, file_id: str) -> None:
    delete_object_of(bed, file_id)


def lose_a_file_item(bed: Bed, file_id: str) -> None:
    delete_item(bed, file_id)


def lose_a_usage(bed: Bed, file_id: str) -> None:
    change_usage(bed)


def lose_a_usage_while_a_removal_is_on_its_way(bed: Bed, file_id: str) -> None:
    change_usage(bed)
    delete_object_of(bed, file_id)
    delete_item(bed, file_id)


def lose_a_session_while_its_removal_is_on_its_way(bed: Bed, file_id: str) -> None:
    s3 = bed.session.client("s3")
    [begun] = s3.list_multipart_uploads(Bucket=CONTENT_BUCKET)["Uploads"]
    s3.abort_multipart_upload(Bucket=CONTENT_BUCKET, Key=begun["Key"], UploadId=begun["UploadId"])
    delete_item(bed, begun["Key"].rpartition("/")[2])


def leave_an_object(bed: Bed, file_id: str) -> None:
    put_object(bed, "expires-in-07d/alice/file-01m86ady7stpsq9kjsqaqdh3bs")


def leave_a_multipart_upload(bed: Bed, file_id: str) -> None:
    bed.session.client("s3").create_multipart_upload(
        Bucket=CONTENT_BUCKET, Key="expires-in-01d/alice/upload_01m86ady7stpsq9kjsqaqdh3bs"
    )


@pytest.mark.parametrize(
    "damage",
    [
        lose_a_file_object,
        lose_a_file_item,
        lose_a_usage,
        lose_a_usage_while_a_removal_is_on_its_way,
        lose_a_session_while_its_removal_is_on_its_way,
        leave_an_object,
        leave_a_multipart_upload,
    ],
)
def test_what_is_mended_stays_mended_even_when_the_stream_comes_late(
    bed: Bed, stored: str, damage: Callable[[Bed, str], None]
) -> None:
    damage(bed, stored)
    found = check(bed, repair=True)
    assert found
    assert all(finding.repaired for finding in found)
    bed.run_stream()
    assert check(bed) == []


def test_what_is_overdue_is_removed_and_given_back(bed: Bed, stored: str) -> None:
    later = time.time() + 33 * DAY
    assert all(finding.repaired for finding in check(bed, repair=True, now=later))
    bed.run_stream()
    assert check(bed, now=later) == []
    assert bed.object_keys() == []
