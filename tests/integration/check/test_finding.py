"""`larder admin check` finds planted damage, and nothing in a sound deployment, traffic or not."""

import time
from collections.abc import Iterator

import openai
import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.items import Entry
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.damage import Vandal
from tests.integration.check.conftest import Checker

DAY = 86_400


@pytest.mark.usefixtures("stored")
def test_a_sound_deployment_has_nothing_wrong(checker: Checker) -> None:
    assert checker.check() == []


def test_a_completed_uploads_object_is_its_files(checker: Checker, alice: openai.OpenAI) -> None:
    alice.uploads.upload_file_chunked(
        file=b"x" * 100, filename="c", bytes=100, mime_type="text/plain", purpose="batch"
    )
    assert checker.check() == []


def test_a_file_without_its_object_is_found(checker: Checker, vandal: Vandal, stored: str) -> None:
    vandal.lose_object_of(stored)
    [found] = checker.check()
    assert (found.damage, found.owner, found.subject) == (
        Damage.FILE_WITHOUT_OBJECT,
        "alice",
        stored,
    )


def test_an_object_without_a_file_is_found(checker: Checker, vandal: Vandal) -> None:
    vandal.leave_object()
    assert checker.kinds() == [Damage.OBJECT_WITHOUT_FILE]


def test_an_object_within_the_grace_period_is_passed_over(checker: Checker, vandal: Vandal) -> None:
    vandal.leave_object()
    assert checker.check(grace=3600) == []


def test_a_staged_part_without_its_session_is_found(checker: Checker, vandal: Vandal) -> None:
    vandal.leave_staged_part()
    assert checker.kinds() == [Damage.OBJECT_WITHOUT_FILE]


def test_an_object_of_another_size_is_found(checker: Checker, vandal: Vandal, stored: str) -> None:
    vandal.cut_object_of(stored, b"123")
    [found] = checker.check()
    assert (found.damage, found.detail) == (
        Damage.WRONG_SIZE,
        "3 bytes stored, 5 in the catalog",
    )


@pytest.mark.usefixtures("stored")
def test_a_usage_that_differs_from_the_sum_is_found(checker: Checker, vandal: Vandal) -> None:
    vandal.change_usage()
    [found] = checker.check()
    assert (found.damage, found.owner) == (Damage.WRONG_USAGE, "alice")
    assert found.detail == "used 18 instead of 17"


@pytest.mark.usefixtures("stored")
def test_what_ttl_never_collected_is_found(checker: Checker) -> None:
    findings = checker.check(now=time.time() + 33 * DAY)
    assert {finding.damage for finding in findings} == {Damage.OVERDUE}
    assert len(findings) == 4


def test_a_multipart_upload_without_its_session_is_found(checker: Checker, vandal: Vandal) -> None:
    vandal.leave_multipart_upload()
    assert checker.kinds() == [Damage.UPLOAD_WITHOUT_SESSION]


def test_a_multipart_upload_that_a_cancelled_session_left_is_found(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, session: str
) -> None:
    alice.uploads.cancel(session)
    vandal.swap_multipart_upload(session)
    assert checker.kinds() == [Damage.UPLOAD_WITHOUT_SESSION]


def test_a_deleted_file_s_object_that_the_reaper_has_still_to_delete_is_no_damage(
    checker: Checker, bed: Bed, alice: openai.OpenAI, stored: str
) -> None:
    alice.files.delete(stored)
    assert checker.check(meanwhile=bed.run_stream) == []


def test_a_session_that_the_reaper_has_still_to_abort_is_no_damage(
    checker: Checker, vandal: Vandal, bed: Bed, session: str
) -> None:
    vandal.lose_item(session)
    assert checker.check(meanwhile=bed.run_stream) == []


def test_bytes_that_the_reaper_has_still_to_give_back_are_no_damage(
    checker: Checker, vandal: Vandal, bed: Bed, stored: str
) -> None:
    vandal.lose_object_of(stored)
    vandal.lose_item(stored)
    assert checker.check(meanwhile=bed.run_stream) == []


class RestlessCatalog(Catalog):
    """One whose owners always store something just when they are looked at."""

    def __init__(self, bed: Bed, vandal: Vandal) -> None:
        super().__init__(bed.deployment)
        self._vandal = vandal

    def of_owner(self, owner: str, *, consistent: bool = True) -> Iterator[Entry]:
        self._vandal.change_usage()
        yield from super().of_owner(owner, consistent=consistent)


@pytest.mark.usefixtures("stored")
def test_an_owner_who_never_rests_is_not_judged_and_named(bed: Bed, vandal: Vandal) -> None:
    vandal.change_usage()
    run = Check(RestlessCatalog(bed, vandal), Bucket(bed.deployment), sleep=lambda _: None)
    assert list(run.run()) == []
    assert run.unsettled == ["alice"]
