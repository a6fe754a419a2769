"""`larder admin check --repair`: what it mends stays mended, however late the stream comes."""

import time
from collections.abc import Callable

import openai
import pytest

from larder.admin.check.findings import Damage
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed
from tests.bed.damage import Vandal
from tests.bed.meanwhile import meanwhile
from tests.integration.check.conftest import Checker

HOUR = 3600
DAY = 86_400


def lose_object(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.lose_object_of(file_id)


def lose_item(vandal: Vandal, file_id: str, _session: str) -> None:
    vandal.lose_item(file_id)


def change_usage(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.change_usage()


def change_usage_while_a_file_is_on_its_way_out(
    vandal: Vandal, file_id: str, _session: str
) -> None:
    vandal.change_usage()
    vandal.lose_object_of(file_id)
    vandal.lose_item(file_id)


def lose_a_session_and_its_parts(vandal: Vandal, _file_id: str, session: str) -> None:
    vandal.abort_all()
    vandal.lose_item(session)


def leave_object(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.leave_object()


def leave_staged_part(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.leave_staged_part()


def leave_multipart_upload(vandal: Vandal, _file_id: str, _session: str) -> None:
    vandal.leave_multipart_upload()


@pytest.mark.parametrize(
    "damage",
    [
        lose_object,
        lose_item,
        change_usage,
        change_usage_while_a_file_is_on_its_way_out,
        lose_a_session_and_its_parts,
        leave_object,
        leave_staged_part,
        leave_multipart_upload,
    ],
)
def test_what_is_mended_stays_mended_when_the_stream_comes_late(
    checker: Checker,
    vandal: Vandal,
    bed: Bed,
    stored: str,
    session: str,
    damage: Callable[[Vandal, str, str], None],
) -> None:
    damage(vandal, stored, session)
    assert checker.mend()
    bed.run_stream()
    assert checker.check() == []


@pytest.mark.usefixtures("stored")
def test_what_is_overdue_is_removed_and_given_back(checker: Checker, bed: Bed) -> None:
    later = time.time() + 33 * DAY
    assert all(finding.repaired for finding in checker.check(repair=True, now=later))
    bed.run_stream()
    assert checker.check(now=later) == []
    assert bed.object_keys() == []


def test_an_object_of_another_size_is_left_for_a_person(
    checker: Checker, vandal: Vandal, stored: str
) -> None:
    vandal.cut_object_of(stored, b"123")
    [found] = checker.check(repair=True)
    assert (found.damage, found.repaired) == (Damage.WRONG_SIZE, False)
    assert checker.kinds() == [Damage.WRONG_SIZE]


def test_what_goes_between_two_passes_is_given_back_when_the_stream_tells(
    checker: Checker, vandal: Vandal, bed: Bed, stored: str
) -> None:
    found = checker.mend(between=lambda: vandal.lose_item(stored))
    assert found == [Damage.OBJECT_WITHOUT_FILE]
    bed.run_stream()
    assert checker.check() == []


@pytest.mark.usefixtures("stored")
def test_a_usage_is_mended_while_its_owner_stores_more(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI
) -> None:
    vandal.change_usage()

    def create() -> None:
        alice.files.create(file=("a.jsonl", b"123"), purpose="batch")

    [found] = checker.check(repair=True, meanwhile=create)
    assert (found.detail, found.repaired) == ("used 21 instead of 20", True)
    assert checker.check() == []


def test_a_usage_that_comes_right_before_it_is_mended_is_not_reported(
    checker: Checker, bed: Bed, stored: str
) -> None:
    """The stream was late for both looks, and tells the reaper then."""
    bed.stream.remove_expired(time.time() + 40 * DAY, lambda identifier: identifier == stored)
    with meanwhile(tests_wire, "TransactWriteItems", bed.run_stream):
        assert checker.check(repair=True, grace=HOUR) == []


def test_what_goes_after_its_usage_was_set_is_given_back(
    checker: Checker, vandal: Vandal, bed: Bed, stored: str
) -> None:
    vandal.change_usage()
    checker.mend()
    vandal.lose_item(stored)
    removed = bed.stream.take()
    for record in removed:  # it is still the second in which the usage was set
        record["dynamodb"]["ApproximateCreationDateTime"] += 2
    bed.stream.deliver(removed)
    assert checker.check() == []
