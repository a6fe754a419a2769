"""Every call to AWS that any function makes, times every fault, leaves the invariants true."""

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import lambdas
from infra.routes import FUNCTIONS
from tests.bed.faults import Fault
from tests.faults import scenarios_of_files, scenarios_of_the_front_door, scenarios_of_uploads
from tests.faults.matrix import Recorder, cases, problems_of, recorded
from tests.faults.scene import Scenario, small_parts
from tests.readme import numbers_of
from tests.seed import drawn

SCENARIOS = (
    *scenarios_of_files.SCENARIOS,
    *scenarios_of_uploads.SCENARIOS,
    *scenarios_of_the_front_door.SCENARIOS,
)

FAULTS_EACH = 1
"""How many of the faults that can hit a call a run takes, but for `make prove`, which takes all."""

# Which calls there are is recorded once, for the tests that ask.
on_one_worker = pytest.mark.xdist_group("recorded")

STORES = Path(lambdas.__file__).parent / "stores"


@pytest.fixture(autouse=True)
def _small_parts() -> Iterator[None]:
    with small_parts():
        yield


@pytest.mark.slow
@pytest.mark.drawn
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_fault_at_any_call_leaves_the_invariants_true(
    scenario: Scenario,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    clean, recorder = recorded(scenario)
    assert clean.problems == []

    def draw(call: str, faults: Sequence[Fault]) -> Sequence[Fault]:
        return drawn(pytestconfig, f"{scenario.__name__} {call}", faults, FAULTS_EACH)

    crossed = cases(recorder, draw)
    problems = [problem for case in crossed for problem in problems_of(scenario, case, clean)]
    whole = len(cases(recorder))
    record_property("fault matrix", (len(recorder.struck), len(crossed), whole))
    assert problems == []


@pytest.fixture(scope="module")
def recorders() -> list[Recorder]:
    with small_parts():
        return [recorded(scenario)[1] for scenario in SCENARIOS]


@pytest.mark.slow
@on_one_worker
def test_every_call_in_the_stores_is_in_the_matrix(recorders: list[Recorder]) -> None:
    met = {store for recorder in recorders for store in recorder.stores}
    assert sorted(set(calls_in_the_stores()) - met) == []


@pytest.mark.slow
@on_one_worker
def test_every_function_is_in_the_matrix(recorders: list[Recorder]) -> None:
    met = {name for recorder in recorders for name in recorder.functions}
    assert sorted({function.name for function in FUNCTIONS} - met) == []


@pytest.mark.slow
@on_one_worker
def test_the_readme_promises_no_more_than_is_tried(recorders: list[Recorder]) -> None:
    scenarios, calls, faults = numbers_of(
        r"\*\*([\d,]+) scenarios\*\* .* ([\d,]+) calls to AWS.* ([\d,]+) faults"
    )
    assert scenarios == len(recorders)
    assert calls <= sum(len(recorder.struck) for recorder in recorders)
    assert 2_400 <= faults <= sum(len(cases(recorder)) for recorder in recorders)


def calls_in_the_stores() -> Iterator[tuple[str, str]]:
    """Yield each function in the stores that names an operation of an AWS client."""
    for path in sorted(STORES.rglob("*.py")):
        module = ".".join(path.relative_to(STORES.parent.parent).with_suffix("").parts)
        for kind in ast.walk(ast.parse(path.read_text())):
            if isinstance(kind, ast.ClassDef):
                for function in kind.body:
                    if isinstance(function, ast.FunctionDef) and _names_an_operation(function):
                        yield module, f"{kind.name}.{function.name}"


def _names_an_operation(function: ast.FunctionDef) -> bool:
    """Tell whether a function has `….client.something`."""
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "client"
        for node in ast.walk(function)
    )
