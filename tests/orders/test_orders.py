"""Requests at once, in every order of their calls to AWS, come to what they would one by one.

Each stage is a state in which they meet. A run plays some pairs of each, and `make prove` all.
"""

from collections.abc import Callable
from itertools import combinations

import pytest

from tests.orders.judge import Judge, Who, explored
from tests.orders.stage import ANOTHER, Stage
from tests.orders.stages import STAGES, MadeStage
from tests.readme import numbers_of
from tests.seed import drawn

PAIRS_EACH = 5
"""How many of each stage a run plays."""


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("made", STAGES, ids=lambda made: made.__name__)
def test_two_in_every_order_are_as_one_after_the_other(
    made: MadeStage, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    with made() as stage:
        pairs, judge = pairs_on(stage), Judge(stage)
        some = drawn(pytestconfig, f"pairs of {made.__name__}", pairs, PAIRS_EACH)
        found = [explored(judge, who) for who in some]
    record_property("orders", (sum(one.orders for one in found), len(some), len(pairs)))
    assert [problem for one in found for problem in one.problems] == []


@pytest.mark.slow
def test_the_readme_promises_no_more_pairs_than_are_tried() -> None:
    counted = 0
    for made in STAGES:
        with made() as stage:
            counted += len(pairs_on(stage))
    assert numbers_of(r"\*\*Every order\*\* .* ([\d,]+) pairs") == [counted]


def pairs_on(stage: Stage) -> list[Who]:
    """Return every two acts, and each with another of the same."""
    return [*combinations(stage.acts, 2), *((name, name + ANOTHER) for name in stage.acts)]
