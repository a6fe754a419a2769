"""Histories of usages that are linearizable, and others that are not."""

from dataclasses import replace

from tests.histories.check import checked
from tests.histories.operation import NEVER, History
from tests.histories.test_files import assert_right, wrong
from tests.histories.told import (
    DAY,
    FILE,
    HOUR,
    UPLOAD,
    at,
    begin,
    complete,
    create,
    delete,
    listed,
    look,
    refused,
    stage,
    upload_of,
    usage,
)


def test_it_is_the_sum_of_what_is_there() -> None:
    other = create(1, 4, 20, "file-b")
    assert_right(
        create(0, 3),
        other,
        usage(1, 2, 20, 1),
        usage(5, 6, 30, 2),
        delete(7, 8),
        usage(9, 10, 20, 1),
    )


def test_one_that_forgets_is_wrong() -> None:
    said = wrong(create(0, 1), usage(2, 3, 0, 0))
    assert said.startswith("The usage of alice is not linearizable")


def test_bytes_that_are_given_back_twice_are_wrong() -> None:
    wrong(create(0, 1), create(2, 3, 20, "file-b"), delete(4, 5), usage(6, 7, 10, 0))


def test_bytes_that_are_not_given_back_are_wrong() -> None:
    wrong(create(0, 1), delete(4, 5), usage(6, 7, 10, 1))


def test_two_sums_that_come_in_no_order_are_wrong() -> None:
    both = (create(0, 9), create(0, 9, 20, "file-b"))
    assert_right(*both, usage(1, 2, 10, 1), usage(3, 4, 30, 2))
    wrong(*both, usage(1, 2, 10, 1), usage(3, 4, 20, 1))


def test_it_counts_a_file_from_when_it_was_seen_until_it_was_not() -> None:
    assert_right(create(0, 9), look(3, 4), usage(1, 2, 0, 0), usage(5, 6, 10, 1))
    wrong(create(0, 9), look(3, 4), usage(5, 6, 0, 0))
    gone = look(12, 13, status=404)
    assert_right(create(0, 1), delete(10, 19), gone, usage(14, 15, 0, 0))
    wrong(create(0, 1), delete(10, 19), gone, usage(14, 15, 10, 1))


def test_what_was_never_answered_counts_if_it_was_seen() -> None:
    assert_right(create(0, NEVER), listed(3, 4, FILE), usage(5, 6, 10, 1))
    wrong(create(0, NEVER), usage(1, 2, 10, 1), listed(3, 4))


def test_an_upload_reserves_and_becomes_a_file() -> None:
    reserved = {"reserved_bytes": 10, "uploads": 1}
    assert_right(
        begin(0, 1),
        usage(2, 3, 0, 0, **reserved),
        stage(4, 5, "a", 10),
        usage(6, 7, 0, 0, reserved_bytes=20, uploads=1),
        complete(8, 9, "a"),
        usage(10, 11, 10, 1),
    )
    wrong(begin(0, 1), usage(2, 3, 0, 0))


def test_a_part_counts_twice_only_where_the_answer_to_the_count_may_have_been_lost() -> None:
    twice = usage(8, 9, 0, 0, reserved_bytes=25, uploads=1)
    some = [begin(0, 1), stage(2, 3, "a", 5), stage(4, 5, "b", 5), twice]
    wrong(*some)
    assert checked(History(some, tolerance=0, piece=0, recounts=1)).wrong == []
    wrong(*some[:-1], replace(twice, told={**twice.told, "reserved_bytes": 30}))


def test_a_cancel_gives_all_of_it_back() -> None:
    cancel = at(6, 7, "cancel", UPLOAD, told=upload_of("cancelled", lasts=DAY))
    some = (begin(0, 1), stage(4, 5, "a", 10), cancel)
    assert_right(*some, usage(8, 9, 0, 0))
    wrong(*some, usage(8, 9, 0, 0, reserved_bytes=10, uploads=1))


def test_what_has_expired_is_not_counted_to_the_second() -> None:
    assert_right(create(0, 1), usage(HOUR - 2, HOUR - 1, 10, 1), usage(HOUR, HOUR + 1, 0, 0))
    wrong(create(0, 1), usage(HOUR, HOUR + 1, 10, 1))
    wrong(create(0, 1), usage(HOUR - 2, HOUR - 1, 0, 0))


def test_what_ttl_removed_counts_until_the_reaper_has_had_it() -> None:
    removed, reaped = at(DAY, DAY + 1, "remove", FILE), at(DAY + 4, DAY + 5, "reap", FILE)
    assert_right(
        create(0, 1), removed, usage(DAY + 2, DAY + 3, 10, 1), reaped, usage(DAY + 6, DAY + 7, 0, 0)
    )
    wrong(create(0, 1), removed, usage(DAY + 2, DAY + 3, 0, 0))
    wrong(create(0, 1), removed, reaped, usage(DAY + 6, DAY + 7, 10, 1))


def test_a_refusal_for_want_of_room_is_true() -> None:
    large = refused(create(4, 5, 95, "file-b"), "storage_quota_exceeded", "…")
    assert_right(create(0, 1), usage(2, 3, 10, 1), large)
    wrong(create(0, 1), usage(2, 3, 10, 1), replace(large, asked={**large.asked, "bytes": 90}))


def test_nobody_gets_more_than_the_quota() -> None:
    wrong(create(0, 1), usage(2, 3, 10, 1), create(4, 5, 95, "file-b"))


def test_a_form_of_the_front_door_may_hold_what_is_not_more_than_its_length() -> None:
    form = create(0, 9, 10)
    form = replace(form, asked={**form.asked, "door": True, "length": 40})
    held = {"reserved_bytes": 40, "uploads": 1}
    assert_right(form, usage(1, 2, 0, 0, **held), usage(10, 11, 10, 1))
    wrong(form, usage(1, 2, 0, 0, reserved_bytes=41, uploads=1))
    wrong(form, usage(10, 11, 10, 1, **held))
