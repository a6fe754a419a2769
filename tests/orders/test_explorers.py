"""The search itself: it finds what can go wrong, and plays no order twice."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from math import comb

import pytest

from tests.orders.explorer import Explorer
from tests.orders.switches import FewSwitches
from tests.orders.touches import Touch
from tests.orders.turns import Choose, Step

Program = Mapping[str, list[tuple[str, str]]]
"""What each player does: reads or writes of places, as `("write", "x")`."""


def step(who: str, number: int, what: str, place: str) -> Step:
    return Step(who, f"{what} {number}", frozenset({Touch(place, writes=what == "write")}))


def playing(program: Program) -> Callable[[Choose], list[Step] | None]:
    """Return how a program is played: step by step, as is chosen."""

    def play(choose: Choose) -> list[Step] | None:
        done = dict.fromkeys(program, 0)
        steps: list[Step] = []
        while any(done[who] < len(whats) for who, whats in program.items()):
            waiting = {
                who: step(who, done[who], *whats[done[who]])
                for who, whats in program.items()
                if done[who] < len(whats)
            }
            chosen = choose(waiting)
            if chosen is None:
                return None
            steps.append(waiting[chosen])
            done[chosen] += 1
        return steps

    return play


def orders_of(program: Program) -> list[str]:
    """Return who goes on, step by step, in each order that is found."""
    return ["".join(each.who for each in steps) for steps in Explorer().orders(playing(program))]


def few_switches_of(program: Program, most: int) -> list[str]:
    found = FewSwitches(most).orders(playing(program))
    return ["".join(each.who for each in steps) for steps in found]


def writes(count: int, place: str) -> list[tuple[str, str]]:
    return [("write", place)] * count


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


def test_a_place_meets_all_that_begins_so() -> None:
    everything = Touch("table/alice/", writes=False, many=True)
    assert everything.meets(Touch("table/alice/usage", writes=True))
    assert not everything.meets(Touch("table/alice#1/marker", writes=True))
    assert not everything.meets(Touch("table/alice/usage", writes=False))


def test_without_a_switch_each_goes_on_to_the_end() -> None:
    found = few_switches_of({who: writes(2, "x") for who in "abc"}, most=0)
    assert sorted(found) == ["aabbcc", "aaccbb", "bbaacc", "bbccaa", "ccaabb", "ccbbaa"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_all_with_so_many_switches_are_found_once(most: int) -> None:
    found = few_switches_of({who: writes(2, "x") for who in "abc"}, most)
    assert sorted(found) == sorted(every_order_of("aabbcc", most))


def every_order_of(letters: str, most: int) -> set[str]:
    def orders(left: str) -> Iterator[str]:
        if not left:
            yield ""
        for letter in {*left}:
            yield from (letter + rest for rest in orders(left.replace(letter, "", 1)))

    return {order for order in orders(letters) if switches_in(order) <= most}


def switches_in(order: str) -> int:
    return sum(
        here != there and here in order[number + 1 :]
        for number, (here, there) in enumerate(pairwise(order))
    )
