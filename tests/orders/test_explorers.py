"""The searches themselves: they find all that can go wrong, and play no order twice."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.orders.explorer import Explorer
from tests.orders.programs import (
    Program,
    every_order_of,
    playing,
    switches_in,
    trace_of,
)
from tests.orders.switches import FewSwitches
from tests.orders.touches import Touch

STEP = st.tuples(st.sampled_from(["read", "write"]), st.sampled_from("xy"))
STEPS = st.lists(STEP, max_size=2) | st.tuples(st.just(("take", "turn")), STEP)
WHATS = st.tuples(STEPS, st.lists(STEP, max_size=1)).map(lambda parts: [*parts[0], *parts[1]])
PROGRAMS = st.tuples(WHATS, WHATS, STEPS).map(lambda whats: dict(zip("abc", whats, strict=True)))


def orders_of(program: Program) -> list[str]:
    """Return who goes on, step by step, in each order that is found."""
    return ["".join(each.who for each in steps) for steps in Explorer().orders(playing(program))]


def few_switches_of(program: Program, most: int) -> list[str]:
    found = FewSwitches(most).orders(playing(program))
    return ["".join(each.who for each in steps) for steps in found]


def writes(count: int, place: str) -> list[tuple[str, str]]:
    return [("write", place)] * count


@settings(max_examples=30, deadline=None)
@given(program=PROGRAMS)
def test_each_order_that_differs_is_found_once(program: Program) -> None:
    found = [trace_of(steps) for steps in Explorer().orders(playing(program))]
    assert len(found) == len({*found})
    assert {*found} == {trace_of(steps) for steps in every_order_of(program)}


@settings(max_examples=30, deadline=None)
@given(program=PROGRAMS, most=st.integers(0, 3))
def test_each_order_with_few_switches_is_found_once(program: Program, most: int) -> None:
    found = [trace_of(steps) for steps in FewSwitches(most).orders(playing(program))]
    few = (steps for steps in every_order_of(program) if switches_in(program, steps) <= most)
    assert len(found) == len({*found})
    assert {*found} == {trace_of(steps) for steps in few}


def test_those_who_do_not_meet_have_one_order() -> None:
    assert len(orders_of({"a": writes(3, "x"), "b": writes(3, "y")})) == 1


def test_those_who_read_the_same_have_one_order() -> None:
    assert len(orders_of({"a": [("read", "x")] * 3, "b": [("read", "x")] * 3})) == 1


@pytest.mark.parametrize(("left", "right"), [(1, 1), (2, 3), (4, 4)])
def test_those_who_always_meet_have_every_order_once(left: int, right: int) -> None:
    found = orders_of({"a": writes(left, "x"), "b": writes(right, "x")})
    assert len(found) == len(set(found)) == comb(left + right, left)


def test_only_the_order_of_what_meets_counts() -> None:
    lone, meeting = ("write", "{}"), ("write", "x")
    program = {who: [(lone[0], who), meeting, (lone[0], who)] for who in "abc"}
    assert len(orders_of(program)) == 6  # of the three writes of x


def test_a_lost_update_is_found() -> None:
    found = orders_of({who: [("read", "x"), ("write", "x")] for who in "ab"})
    assert any(order.startswith(("ab", "ba")) for order in found)


def test_those_who_take_a_turn_have_it_one_after_another() -> None:
    found = orders_of({who: [("take", "turn"), ("write", "x")] for who in "abc"})
    assert sorted(found) == ["aabbcc", "aaccbb", "bbaacc", "bbccaa", "ccaabb", "ccbbaa"]


def test_without_a_switch_each_goes_on_to_the_end() -> None:
    found = few_switches_of({who: writes(2, "x") for who in "abc"}, most=0)
    assert sorted(found) == ["aabbcc", "aaccbb", "bbaacc", "bbccaa", "ccaabb", "ccbbaa"]


def test_who_waits_for_a_turn_makes_no_switch() -> None:
    found = few_switches_of({who: [("take", "turn"), ("write", "x")] for who in "ab"}, most=0)
    assert sorted(found) == ["aabb", "bbaa"]


def test_a_place_meets_all_that_begins_so() -> None:
    everything = Touch("table/alice/", writes=False, many=True)
    assert everything.meets(Touch("table/alice/usage", writes=True))
    assert not everything.meets(Touch("table/alice#1/marker", writes=True))
    assert not everything.meets(Touch("table/alice/usage", writes=False))
