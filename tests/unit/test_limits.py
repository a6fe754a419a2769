"""A stage's limits, as they are read and as they are put into words."""

import json
from dataclasses import replace

import pytest

from lambdas.core.errors import ContentTooLarge
from lambdas.core.file_changes import must_fit
from lambdas.core.limits import Limits, in_words
from tests.bed.environment import limits_as_json

LIMITS = Limits.from_json(limits_as_json())
MIB = 2**20


def test_the_limits_are_those_of_the_contract() -> None:
    assert (
        Limits(
            file_bytes=512 * MIB,
            purpose_bytes={"batch": 200 * MIB},
            quota_bytes=2048 * MIB,
            inline_bytes=4 * MIB,
            part_bytes=8 * MIB,
            upload_seconds=86_400,
            upload_purposes=("batch",),
            files_per_owner=1_000_000,
            uploads_per_owner=1_000,
            parts_per_upload=10_000,
            batch_requests=50_000,
        )
        == LIMITS
    )


def test_the_environment_of_an_older_version_has_no_limit_of_requests() -> None:
    settings = json.loads(limits_as_json())
    del settings["batch_requests"]
    assert Limits.from_json(json.dumps(settings)) == replace(LIMITS, batch_requests=None)


def test_what_a_newer_versions_environment_says_more_is_passed_over() -> None:
    settings = {**json.loads(limits_as_json()), "files_per_day": 10}
    assert Limits.from_json(json.dumps(settings)) == LIMITS


@pytest.mark.parametrize(
    ("purpose", "size"),
    [("batch", 200 * MIB), ("batch-output", 512 * MIB), ("fine-tune", 512 * MIB)],
)
def test_a_file_may_be_as_large_as_its_purpose_allows(purpose: str, size: int) -> None:
    must_fit(size, purpose, LIMITS)
    with pytest.raises(ContentTooLarge):
        must_fit(size + 1, purpose, LIMITS)


def test_a_purpose_allows_no_more_than_the_stage() -> None:
    limits = replace(LIMITS, file_bytes=100 * MIB)
    with pytest.raises(ContentTooLarge):
        must_fit(100 * MIB + 1, "batch", limits)


def test_the_refusal_names_the_limit() -> None:
    with pytest.raises(ContentTooLarge, match=r"at most 200 MiB \(209715200 bytes\)"):
        must_fit(200 * MIB + 1, "batch", LIMITS)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1025, "1025 bytes"),
        (4 * MIB, "4 MiB"),
        (MIB + 1024, "1025 KiB"),
        (2**31, "2 GiB"),
    ],
)
def test_a_size_is_written_as_a_person_would(size: int, words: str) -> None:
    assert in_words(size) == words
