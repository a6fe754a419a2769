"""Histories of uploads that are linearizable, and others that are not."""

from dataclasses import replace

import pytest

from tests.histories.operation import NEVER, Operation
from tests.histories.test_files import assert_right, wrong
from tests.histories.told import (
    DAY,
    FILE,
    HOUR,
    UPLOAD,
    at,
    begin,
    complete,
    delete,
    file_of,
    long,
    look,
    refused,
    stage,
    upload_of,
)

BEGUN = (begin(0, 1), stage(1, 2, "a", 4), stage(1, 2, "b", 6))


def show(start: float, end: float, status: str, **more: object) -> Operation:
    told = upload_of(status, **more) if status != "gone" else {}  # type: ignore[arg-type]
    return at(start, end, "show", UPLOAD, status=404 if status == "gone" else 200, told=told)


def cancel(start: float, end: float) -> Operation:
    return at(start, end, "cancel", UPLOAD, told=upload_of("cancelled", lasts=DAY))


def test_an_upload_becomes_a_file_once_and_answers_again_as_it_did() -> None:
    again = (complete(3, 5, "ab"), complete(4, 6, "ab"), complete(7, 8, "ab"))
    assert_right(*BEGUN, *again, look(9, 10), delete(11, 12), show(13, 14, "gone"))


def test_the_upload_and_its_file_are_there_at_once() -> None:
    completed = show(4, 5, "completed", file=file_of(), lasts=DAY)
    assert_right(*BEGUN, complete(3, 9, "ab"), completed, look(6, 7))
    wrong(*BEGUN, complete(3, 9, "ab"), completed, look(6, 7, status=404))
    wrong(
        *BEGUN,
        complete(3, 4, "ab"),
        delete(5, 9),
        look(6, 6.5, status=404),
        replace(completed, start=7, end=8),
    )


@pytest.mark.parametrize("parts", ["a", "aab", "abc"])
def test_parts_that_do_not_make_it_are_not_completed(parts: str) -> None:
    wrong(*BEGUN, complete(3, 4, [*parts]))


def test_a_wrong_md5_is_not_completed() -> None:
    wrong(*BEGUN, complete(3, 4, "ab", is_md5_right=False))


def test_parts_that_make_it_are_not_refused() -> None:
    no = refused(complete(3, 4, "ab"), "", "The parts have 9 bytes together")
    wrong(*BEGUN, no)
    assert_right(*BEGUN, replace(no, asked={**no.asked, "part_ids": [long("a")]}))


def test_it_is_completed_or_cancelled_and_not_both() -> None:
    wrong(*BEGUN, complete(3, 5, "ab"), cancel(4, 6))
    said = f"Upload {UPLOAD} is cancelled; only a pending upload takes this."
    no = refused(complete(3, 5, "ab"), "upload_not_pending", said)
    assert_right(*BEGUN, no, cancel(4, 6))
    wrong(*BEGUN, no, cancel(6, 7))


def test_only_another_complete_can_have_held_it_to_other_parts() -> None:
    no = refused(complete(3, 5, "ba"), "upload_not_pending", "being completed with other parts")
    assert_right(*BEGUN, complete(3, 9, "ab"), no)
    wrong(*BEGUN, no)


def test_only_a_complete_can_have_joined_the_parts_that_are_not_told() -> None:
    said = "is being completed: its parts are joined"
    no = refused(at(3, 5, "parts", UPLOAD), "upload_not_pending", said)
    assert_right(*BEGUN, complete(3, 9, "ab"), no)
    assert_right(*BEGUN, replace(complete(2.5, 3, "ab"), end=NEVER, status=0, told={}), no)
    wrong(*BEGUN, no)


def test_a_part_makes_it_last_a_day() -> None:
    assert_right(begin(0, 1), show(HOUR, HOUR + 1, "expired"), show(HOUR + 2, HOUR + 3, "gone"))
    assert_right(*BEGUN, show(HOUR, HOUR + 1, "pending", lasts=DAY))
    wrong(begin(0, 1), show(HOUR, HOUR + 1, "pending"))
    wrong(*BEGUN, show(HOUR, HOUR + 1, "expired"))


def test_what_was_removed_is_not_back() -> None:
    wrong(begin(0, 1), show(HOUR, HOUR + 1, "gone"), show(HOUR + 2, HOUR + 3, "expired"))


def test_a_part_that_was_acknowledged_is_there() -> None:
    parts = at(3, 4, "parts", UPLOAD, told={"part_ids": [long("a"), long("b"), "part_00001"]})
    assert_right(*BEGUN, parts)
    wrong(*BEGUN, replace(parts, told={"part_ids": [long("a")]}))
    wrong(*BEGUN, replace(parts, told={"part_ids": [long("a"), long("b"), long("c")]}))


def test_a_complete_without_an_answer_may_have_made_the_file_that_is_seen() -> None:
    lost = replace(complete(3, 4, "ab"), end=NEVER, status=0, told={})
    seen = {**file_of(), "filename": "a.jsonl"}
    page = at(5, 6, "list", told={"data": [seen], "has_more": False})
    assert_right(*BEGUN, lost, page)
    assert_right(*BEGUN, lost)
    gone = replace(page, start=7, end=8, told={"data": [], "has_more": False})
    wrong(*BEGUN, lost, page, gone)
    assert FILE in wrong(*BEGUN, page)
