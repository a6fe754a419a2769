"""Whatever users, TTL, the stream and time do in whatever order, Larder is what the model says."""

from collections.abc import Callable

import pytest

from tests.model.machine import STEPS, Tally, run_model
from tests.readme import numbers_of

RUNS_EACH = 40
SEEDS = range(6)
SEEDS_EACH = 2
"""How many of them a run takes, but for `make prove`, which takes all."""


def test_the_readme_says_how_often_the_model_runs() -> None:
    said = numbers_of(r"(\d+) runs of up to (\d+) steps, (\d+) of them by `make test`")
    assert said == [RUNS_EACH * len(SEEDS), STEPS, RUNS_EACH * SEEDS_EACH]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.drawn("chance", SEEDS, SEEDS_EACH)
def test_larder_is_what_the_model_says(
    chance: int, record_property: Callable[[str, object], None]
) -> None:
    tally = Tally()
    run_model(tally, runs=RUNS_EACH, chance=chance)
    record_property("model", (tally.runs, tally.steps))
    assert tally.runs >= RUNS_EACH
