"""Whatever users, TTL, the stream and time do in whatever order, Larder is what the model says."""

from collections.abc import Callable

import pytest

from tests.model.machine import Tally, run_model

RUNS_EACH = 40
SEEDS = range(6)


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
