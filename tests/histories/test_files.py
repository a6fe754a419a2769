"""Histories of files that are linearizable, and others that are not."""

from dataclasses import replace

from tests.histories.operation import NEVER, Operation
from tests.histories.told import (
    FILE,
    HOUR,
    NOON,
    at,
    create,
    delete,
    file_of,
    listed,
    look,
    verdict_on,
)


def assert_right(*operations: Operation) -> None:
    verdict = verdict_on(*operations)
    assert (verdict.wrong, verdict.undecided) == ([], [])


def wrong(*operations: Operation) -> str:
    """Return what is said of a history that is not linearizable."""
    said = verdict_on(*operations).wrong
    assert said
    return said[0]


def test_what_overlaps_may_be_in_either_order() -> None:
    assert_right(create(0, 4), look(1, 2, status=404), look(1, 3), delete(5, 8), look(6, 7))
    assert_right(create(0, 4), delete(5, 8), look(6, 7, status=404), look(9, 10, status=404))


def test_a_stale_read_after_a_delete_is_wrong_and_drawn_with_what_made_the_file() -> None:
    said = wrong(create(0, 1), look(1.5, 1.7), delete(2, 3), listed(3.5, 3.6), look(4, 5))
    drawn = [line.split("s  ")[1].split()[0] for line in said.splitlines() if "├" in line]
    assert drawn == ["create", "delete", "see"]


def test_once_one_has_seen_the_deletion_nobody_sees_the_file() -> None:
    assert "see" in wrong(create(0, 1), delete(2, 9), look(3, 4, status=404), look(5, 6))


def test_a_file_is_not_gone_again_once_it_was_seen() -> None:
    assert "see" in wrong(create(0, 9), look(1, 2), look(3, 4, status=404))


def test_a_lost_create_is_wrong() -> None:
    assert "create" in wrong(create(0, 1), listed(2, 3))


def test_a_create_without_an_answer_may_be_done_late_or_never() -> None:
    assert_right(create(0, NEVER), listed(1, 2), listed(3, 4, FILE))
    assert_right(create(0, NEVER), listed(1, 2))
    wrong(create(0, NEVER), listed(1, 2, FILE), listed(3, 4))


def test_a_delete_without_an_answer_too() -> None:
    assert_right(create(0, 1), delete(2, NEVER), look(3, 4), look(5, 6, status=404))
    wrong(create(0, 1), delete(2, NEVER), look(3, 4, status=404), look(5, 6))


def test_two_deletes_are_not_both_told_that_they_did_it() -> None:
    assert_right(create(0, 1), delete(2, 4), delete(3, 5, status=404))
    wrong(create(0, 1), delete(2, 4), delete(3, 5))


def test_a_file_is_never_seen_at_its_end_or_later() -> None:
    assert_right(create(0, 1), look(HOUR - 2, HOUR - 1), look(HOUR, HOUR + 1, status=404))
    wrong(create(0, 1), look(HOUR, HOUR + 1))
    wrong(create(0, 1), look(HOUR - 2, HOUR - 1, status=404))


def test_what_comes_at_the_end_may_see_either() -> None:
    assert_right(create(0, 1), look(HOUR - 1, HOUR + 1), look(HOUR - 1, HOUR + 1, status=404))


def test_a_file_that_nobody_made_is_wrong() -> None:
    assert wrong(listed(0, 1, FILE)) == f"{FILE} was seen, and nobody has made it"


def test_another_content_is_wrong() -> None:
    read = at(2, 3, "read", FILE, told={"digest": "0a"})
    assert_right(create(0, 1), read)
    wrong(create(0, 1), replace(read, told={"digest": "0b"}))


def test_another_end_is_wrong() -> None:
    told = {**file_of(), "expires_at": NOON + HOUR + 1}
    wrong(create(0, 1), replace(look(2, 3), told=told))


def test_a_key_makes_one_file_however_often_it_is_asked() -> None:
    first, again = (
        replace(one, asked={**one.asked, "key": "k"}) for one in (create(0, NEVER), create(5, 6))
    )
    assert_right(first, listed(2, 3, FILE), again, delete(7, 8))
    assert_right(first, again, delete(7, 8), replace(again, start=9, end=10))


def test_a_page_says_nothing_of_what_is_not_on_it() -> None:
    page = at(4, 5, "list", told={"data": [file_of(file_id="file-b")], "has_more": True})
    assert_right(create(0, 1), create(2, 3, file_id="file-b"), page)
    wrong(create(0, 1), create(2, 3, file_id="file-b"), replace(page, asked={"order": "asc"}))
