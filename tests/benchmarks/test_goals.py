"""The table of goals: what was measured beside what was to be reached."""

import pytest

from benchmarks.results.figures import Figure
from benchmarks.results.goals import GOALS, goals_text
from benchmarks.results.record import Section
from tests.benchmarks.results import HERE


def of(name: str, *figures: Figure) -> dict[str, Section]:
    return {name: Section(name, HERE, figures, ())}


@pytest.mark.parametrize(("milliseconds", "reached"), [(55, "yes"), (55.1, "no")])
def test_a_cost_is_reached_when_it_is_no_more(milliseconds: float, reached: str) -> None:
    figure = Figure("warm", "list 10,000", "CPU", "ms", (1, milliseconds, 99))
    (row,) = goals_text(of("warm", figure)).splitlines()[2:]
    assert row.startswith("| list of 10,000 files, CPU | 55 ms |")
    assert row.endswith(f"| {reached} |")


@pytest.mark.parametrize(("times", "reached"), [(1.7, "yes"), (1.69, "no")])
def test_a_ratio_is_reached_when_it_is_no_less(times: float, reached: str) -> None:
    figure = Figure("transfers", "larder, down", "command against boto3's", "×", (times,))
    (row,) = goals_text(of("transfers", figure)).splitlines()[2:]
    assert row.endswith(f"| 1.70× | {times:.2f}× | {reached} |")


def test_what_misses_by_a_little_is_told_with_more_digits() -> None:
    figure = Figure("cold_starts", "create_file", "of the twin's CPU", "", (0.27225,))
    (row,) = goals_text(of("cold_starts", figure)).splitlines()[2:]
    assert row.endswith("| 0.27 | 0.2722 | no |")


def test_two_rows_are_compared() -> None:
    ours = Figure("many_files", "larder download", "whole command", "s", (1.0, 2.0, 9.0))
    theirs = Figure("many_files", "aws s3 cp --recursive, down", "whole command", "s", (5.0,))
    (row,) = goals_text(of("many_files", ours, theirs)).splitlines()[2:]
    assert row.endswith("| 2× | 2.50× | yes |")


def test_what_was_not_measured_is_left_out() -> None:
    ours = Figure("many_files", "larder download", "whole command", "s", (1.0,))
    assert goals_text(of("many_files", ours)).splitlines()[2:] == []
    assert len(GOALS) == 15
