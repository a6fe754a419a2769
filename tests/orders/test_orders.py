"""Requests at once, in every order of their calls to AWS, come to what they would one by one.

Each stage is a state in which they meet. A run plays some pairs and some threes of each, and
`make prove` all.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from sys import maxsize

import pytest

from tests.orders.explorer import Explorer
from tests.orders.judge import Explored, Explores, Judge, Who, explored
from tests.orders.stage import ANOTHER, Stage
from tests.orders.stages import STAGES, MadeStage
from tests.orders.switches import FewSwitches
from tests.readme import numbers_of
from tests.seed import drawn

PAIRS_EACH = 5
THREES_EACH = 1
"""How many of each stage a run plays."""

MOST_PLAYS_OF_TWO = 120
MOST_PLAYS_OF_THREE = 60
"""So often at most a stage is played in a run, so that all ten end within 90 s on two cores."""

SWITCHES = 2
"""From one who could go on to another, where three meet."""

Record = Callable[[str, object], None]

each_stage = pytest.mark.parametrize("made", STAGES, ids=lambda made: made.__name__)


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.timeout(3600)
@each_stage
def test_two_in_every_order_are_as_one_after_the_other(
    made: MadeStage, pytestconfig: pytest.Config, record_property: Record
) -> None:
    with made() as stage:
        pairs = pairs_on(stage)
        some = drawn(pytestconfig, f"pairs of {made.__name__}", pairs, PAIRS_EACH)
        most = maxsize if pytestconfig.option.whole else MOST_PLAYS_OF_TWO
        found = played(stage, some, Explorer, most)
    record_property("orders of two", (sum(one.orders for one in found), len(found), len(pairs)))
    assert [problem for one in found for problem in one.problems] == []


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.timeout(7200)
@each_stage
def test_three_with_few_switches_are_as_one_after_another(
    made: MadeStage, pytestconfig: pytest.Config, record_property: Record
) -> None:
    with made() as stage:
        threes = threes_on(stage)
        some = drawn(pytestconfig, f"threes of {made.__name__}", threes, THREES_EACH)
        most = maxsize if pytestconfig.option.whole else MOST_PLAYS_OF_THREE
        found = played(stage, some, lambda: FewSwitches(SWITCHES), most)
    record_property("orders of three", (sum(one.orders for one in found), len(found), len(threes)))
    assert [problem for one in found for problem in one.problems] == []


@pytest.mark.slow
def test_the_readme_promises_no_more_meetings_than_are_tried() -> None:
    pairs = threes = 0
    for made in STAGES:
        with made() as stage:
            pairs += len(pairs_on(stage))
            threes += len(threes_on(stage))
    assert numbers_of(r"\*\*Every order\*\* .* ([\d,]+) pairs .* ([\d,]+) threes") == [
        pairs,
        threes,
    ]


def pairs_on(stage: Stage) -> list[Who]:
    """Return every two acts, and each with another of the same."""
    return [*combinations(stage.acts, 2), *((name, name + ANOTHER) for name in stage.acts)]


def threes_on(stage: Stage) -> list[Who]:
    """Return every three of the main acts, and others that a stage names."""
    return [*combinations(stage.main, 3), *stage.threes]


def played(
    stage: Stage, meetings: Sequence[Who], explorer: Callable[[], Explores], most: int
) -> list[Explored]:
    """Explore these meetings, until the stage was played as often as it may be."""
    judge = Judge(stage)
    return [explored(judge, who, explorer(), most) for who in meetings if stage.plays < most]
