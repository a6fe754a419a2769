"""The part of a matrix that a run plays."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seed import drawn, pytest_generate_tests

FAULTS = range(20)
ROOT = Path(__file__).resolve().parents[2]


class Told:
    """The options of a run."""

    def __init__(self, seed: int, *, whole: bool = False) -> None:
        self.option = self
        self.seed = seed
        self.whole = whole


def part(seed: int, name: str = "create", *, whole: bool = False) -> list[int]:
    config = Told(seed, whole=whole)
    return list(drawn(config, name, FAULTS, 3))  # type: ignore[arg-type]


def test_a_seed_draws_the_same_again() -> None:
    assert part(7) == part(7)
    assert len({*part(7)}) == 3


def test_every_name_and_every_seed_draws_its_own() -> None:
    assert part(7) != part(7, "delete") != part(8, "delete")


def test_in_time_all_are_drawn() -> None:
    assert {fault for seed in range(100) for fault in part(seed)} == {*FAULTS}


class Parametrized:
    """A test with marks, and the parameters that it is given."""

    def __init__(self, config: Told, *marks: pytest.MarkDecorator) -> None:
        self.config = config
        self.definition = self
        self.name = "test_it"
        self.given: list[tuple[str, list[int]]] = []
        self._marks = [mark.mark for mark in marks]

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark for mark in self._marks if mark.name == name]

    def parametrize(self, names: str, values: list[int]) -> None:
        self.given.append((names, values))


def given(mark: pytest.MarkDecorator, *, whole: bool = False) -> list[tuple[str, list[int]]]:
    test = Parametrized(Told(7, whole=whole), mark)
    pytest_generate_tests(test)  # type: ignore[arg-type]
    return test.given


def test_a_mark_gives_as_many_parameters_as_it_says_in_their_order() -> None:
    [(name, values)] = given(pytest.mark.drawn("fault", FAULTS, 3))
    assert name == "fault"
    assert len(values) == 3
    assert values == sorted(values)


def test_of_the_whole_a_mark_gives_all() -> None:
    assert given(pytest.mark.drawn("fault", FAULTS, 3), whole=True) == [("fault", [*FAULTS])]


def test_a_bare_mark_gives_nothing() -> None:
    assert given(pytest.mark.drawn) == []


def test_the_whole_is_all(pytestconfig: pytest.Config) -> None:
    assert part(7, whole=True) == [*FAULTS]
    assert pytestconfig.option.seed is not None


SAYS_ITS_SEED = """
import pytest

@pytest.mark.parametrize("number", range(8))
def test_says_it(number, pytestconfig, worker_id):
    print("seed", pytestconfig.option.seed, "in", worker_id)
"""


@pytest.mark.slow
def test_every_worker_has_the_seed_that_is_printed(tmp_path: Path) -> None:
    (tmp_path / "test_seeds.py").write_text(SAYS_ITS_SEED)
    command = [sys.executable, "-m", "pytest", "-n", "2", "-rP", "-p", "tests.seed"]
    command += ["-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = set(re.findall(r"^seed (\d+) in (gw\d)$", done.stdout, re.MULTILINE))
    [printed] = re.findall(r"^--seed (\d+)$", done.stdout, re.MULTILINE)
    assert told == {(printed, "gw0"), (printed, "gw1")}
