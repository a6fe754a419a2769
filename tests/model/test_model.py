"""Whatever users, TTL, the stream and time do in whatever order, Larder is what the model says."""

from collections.abc import Callable

import pytest

from tests.model.machine import STEPS, Tally, run_model
from tests.readme import numbers_of

RUNS_EACH = 40
SEEDS = range(6)


def test_the_readme_says_how_often_the_model_runs() -> None:
    assert numbers_of(r"(\d+) runs of up to (\d+) steps") == [RUNS_EACH * len(SEEDS), STEPS]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chance", SEEDS)
def test_larder_is_what_the_model_says(
    chance: int, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally()
    run_model(tally, runs=RUNS_EACH, chance=chance)
    record_property("model", (tally.runs, tally.steps))
    assert tally.runs >= RUNS_EACH
