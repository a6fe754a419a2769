"""The arithmetic of upload sessions: parts that S3 can join, and a status told by the clock."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.callers import Caller
from lambdas.core.errors import PermissionDenied, UploadNotPending
from lambdas.core.limits import Limits
from lambdas.core.purposes import BATCH_OUTPUT
from lambdas.core.upload import (
    CANCELLED,
    COMPLETED,
    EXPIRED,
    MIB,
    PENDING,
    Upload,
    digest_of,
    new_upload,
)
from tests.bed.environment import limits_as_json

NOW = 1_900_000_000.5
LARGEST_OBJECT = 5 * 2**40  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
LARGEST_PART = 5 * 2**30


def upload_of(size: int = 20 * MIB, *, purpose: str = "batch") -> Upload:
    return new_upload(
        owner="alice",
        filename="a.jsonl",
        purpose=purpose,
        mime_type="application/jsonl",
        size=size,
        seconds=3600,
        limits=Limits.from_json(limits_as_json()),
        now=NOW,
    )


@given(st.integers(1, LARGEST_OBJECT))
def test_s3_can_join_the_parts_of_a_file_of_any_size(size: int) -> None:
    upload = upload_of(size)
    assert 8 * MIB <= upload.part_size <= LARGEST_PART
    assert 1 <= upload.part_count <= 10_000
    last = upload.bytes_of_part(upload.part_count)
    assert upload.part_size * (upload.part_count - 1) + last == size
    assert 1 <= last <= upload.part_size
    assert upload.bytes_of_part(1) == min(size, upload.part_size)


def test_the_largest_file_has_64_parts() -> None:
    assert upload_of(512 * MIB).part_count == 64


@pytest.mark.parametrize(
    ("status", "expected"),
    [(PENDING, EXPIRED), (COMPLETED, COMPLETED), (CANCELLED, CANCELLED)],
)
def test_a_pending_session_expires_in_its_last_second(status: str, expected: str) -> None:
    upload = replace(upload_of(), status=status)
    assert upload.status_at(upload.expires_at - 0.001) == status
    assert upload.status_at(upload.expires_at) == expected


def test_a_session_lasts_24_hours_from_the_second_it_began() -> None:
    upload = upload_of()
    assert (upload.expires_at, upload.lasts_until) == (int(NOW) + 3600, int(NOW) + 86_400)


def test_what_only_a_pending_session_takes_is_refused_naming_the_status() -> None:
    upload = replace(upload_of(), status=COMPLETED)
    with pytest.raises(UploadNotPending, match=f"{upload.id} is completed"):
        upload.must_be_pending(NOW)


@pytest.mark.parametrize(
    ("purpose", "acting", "refused"),
    [
        ("batch", False, False),
        ("batch", True, True),
        (BATCH_OUTPUT, True, False),
        (BATCH_OUTPUT, False, True),
    ],
)
def test_the_owner_writes_its_own_and_a_service_the_output(
    purpose: str, *, acting: bool, refused: bool
) -> None:
    upload = upload_of(purpose=purpose)
    caller = Caller("alice", service="batch-system" if acting else None)
    if refused:
        with pytest.raises(PermissionDenied):
            upload.must_be_written_by(caller)
    else:
        upload.must_be_written_by(caller)


ids = st.lists(st.text("ab_", min_size=1, max_size=3), max_size=4)


@given(ids, ids)
def test_two_choices_of_parts_have_one_digest_only_when_they_are_the_same(
    one: list[str], other: list[str]
) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)
