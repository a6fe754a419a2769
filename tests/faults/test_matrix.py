"""Every call to AWS that any function makes, times every fault, leaves the invariants true."""

import pytest

from tests.faults import scenarios_of_files, scenarios_of_uploads
from tests.faults.matrix import cases, problems_of, recorded
from tests.faults.scene import Scenario, small_parts

SCENARIOS = (*scenarios_of_files.SCENARIOS, *scenarios_of_uploads.SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_whatever_fails(scenario: Scenario) -> None:
    with small_parts():
        clean, recorder = recorded(scenario)
        assert clean.problems == []
        problems = []
        for case in cases(recorder):
            problems += problems_of(scenario, case, clean)
        assert problems == []
