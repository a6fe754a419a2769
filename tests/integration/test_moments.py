"""Every decision by time, at the second before, at and after it, by clocks that are apart."""

import pytest

from tests.moments.decisions import decisions, decisions_in
from tests.moments.moment import PLACES, Moment
from tests.moments.table import MOMENTS, NO_MOMENTS
from tests.readme import numbers_of


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.what)
def test_before_at_and_after_it(moment: Moment, place: str) -> None:
    assert moment.look(place) == moment.expected(place)


def test_every_decision_by_time_is_in_the_table() -> None:
    named = {decision for moment in MOMENTS for decision in moment.decides}
    assert decisions() == named | NO_MOMENTS.keys()
    assert not named & NO_MOMENTS.keys()


@pytest.mark.parametrize(
    "spelling",
    [
        "item.expires_at <= now",
        "int(item['expires_at']['N']) > moment",
        "left > time.time()",
        "seconds > loop.time() - began",
        "max(now, other)",
        "'#leased_until < :now'",
        "'a = :b AND removed_at >= :c'",
        "'#expires_at BETWEEN :low AND :high'",
    ],
)
def test_a_decision_is_found_however_it_is_spelled(spelling: str) -> None:
    assert [*decisions_in(f"if {spelling}: pass")] == [spelling.strip("'")]


@pytest.mark.parametrize("spelling", ["size < most", "now is None", "'expires_at' in item"])
def test_nothing_else_is_one(spelling: str) -> None:
    assert [*decisions_in(f"if {spelling}: pass")] == []


def test_each_moment_has_a_name_of_its_own() -> None:
    assert len({moment.what for moment in MOMENTS}) == len(MOMENTS)


def test_the_readme_says_how_many_there_are() -> None:
    assert numbers_of(r"(\d+) moments") == [len(MOMENTS)]
