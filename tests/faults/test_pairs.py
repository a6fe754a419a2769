"""Two faults in one scenario, which `make soak` draws by chance, where they meet in one call."""

import pytest

from tests.bed.faults import FAULTS, Fault
from tests.faults.matrix import Case, cases, problems_of_both, recorded
from tests.faults.scenarios_of_files import a_file_is_created

COMMIT = "TransactWriteItems"


@pytest.mark.slow
@pytest.mark.parametrize("late", [fault for fault in FAULTS if fault.name == "acts late"], ids=str)
def test_what_acts_late_may_meet_another_fault_and_the_invariants_hold(late: Fault) -> None:
    commits = [case for case in cases(recorded(a_file_is_created)[1]) if case.operation == COMMIT]
    problems = [
        problem
        for other in commits
        for pair in ((Case(COMMIT, 0, late), other), (other, Case(COMMIT, 0, late)))
        for problem in problems_of_both(a_file_is_created, *pair)
    ]
    assert commits
    assert problems == []
