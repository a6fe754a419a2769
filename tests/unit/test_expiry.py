"""`expires_after`: what is taken, what is refused and in which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.errors import InvalidRequest
from lambdas.core.expiry import DAY, LONGEST, SHORTEST, lifetime, lifetime_days

lives = st.integers(SHORTEST, LONGEST)
not_lives = st.integers(max_value=SHORTEST - 1) | st.integers(min_value=LONGEST + 1)


def refusal(expires_after: object) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        lifetime(expires_after)
    return raised.value


def test_the_bounds_are_an_hour_and_thirty_days() -> None:
    assert (SHORTEST, LONGEST) == (60 * 60, 30 * 24 * 60 * 60)


@pytest.mark.parametrize(
    "expires_after", [None, {}, {"anchor": "created_at"}], ids=["none", "empty", "anchor alone"]
)
def test_without_seconds_a_file_lives_as_long_as_it_may(expires_after: Any) -> None:
    assert lifetime(expires_after) == LONGEST


@given(lives)
def test_every_second_within_the_bounds_is_taken(seconds: int) -> None:
    assert lifetime({"anchor": "created_at", "seconds": seconds}) == seconds


@given(lives)
def test_the_anchor_may_be_left_out(seconds: int) -> None:
    assert lifetime({"seconds": seconds}) == seconds


@given(lives)
def test_a_string_of_digits_is_no_integer(seconds: int) -> None:
    assert refusal({"seconds": str(seconds)}).param == "expires_after[seconds]"


@given(not_lives)
def test_every_integer_out_of_bounds_is_refused(seconds: int) -> None:
    assert refusal({"seconds": seconds}).param == "expires_after[seconds]"


@given(not_lives)
def test_digits_out_of_bounds_are_refused(seconds: int) -> None:
    assert refusal({"seconds": str(seconds)}).param == "expires_after[seconds]"


@pytest.mark.parametrize(
    "seconds",
    [
        None,
        True,
        7200.0,
        7200.5,
        "",
        "7200.0",
        " 7200",
        "+7200",
        "7_200",
        "٧٢٠٠",
        [7200],
        "9" * 5000,
    ],
)
def test_what_is_no_integer_is_refused(seconds: object) -> None:
    assert refusal({"seconds": seconds}).param == "expires_after[seconds]"


@pytest.mark.parametrize("anchor", ["now", "", None, 0, ["created_at"], {"created_at": 1}])
def test_every_other_anchor_is_refused(anchor: object) -> None:
    error = refusal({"anchor": anchor, "seconds": 7200})
    assert error.param == "expires_after[anchor]"
    assert "'created_at'" in error.message


@pytest.mark.parametrize("expires_after", [7200, "7200", [], ["created_at"], True])
def test_what_is_no_object_is_refused(expires_after: object) -> None:
    assert refusal(expires_after).param == "expires_after"


def test_an_unknown_key_is_refused_by_name() -> None:
    error = refusal({"seconds": 7200, "minutes": 120})
    assert error.param == "expires_after"
    assert "minutes" in error.message


def test_the_refusal_names_the_bounds() -> None:
    assert "3600 to 2592000" in refusal({"seconds": 1}).message


@given(lives)
def test_the_days_of_a_life_are_enough_and_not_one_too_many(seconds: int) -> None:
    days = lifetime_days(seconds)
    assert (days - 1) * DAY < seconds <= days * DAY


@given(lives)
def test_the_days_of_a_life_have_a_lifecycle_rule(seconds: int) -> None:
    assert 1 <= lifetime_days(seconds) <= 30
