"""What a run says of an earlier one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.results.comparison import changes
from benchmarks.results.figures import Figure
from tests.benchmarks.results import figure, section


def told(before: Figure, after: Figure) -> list[str]:
    return [str(change) for change in changes({"w": section(before)}, {"w": section(after)})]


@pytest.mark.parametrize(
    ("unit", "before", "after", "way"),
    [
        ("ms", (10, 11, 12), (20, 21, 22), "worse "),
        ("ms", (20, 21, 22), (10, 11, 12), "better"),
        ("MiB/s", (10, 11, 12), (20, 21, 22), "better"),
        ("×", (20, 21, 22), (10, 11, 12), "worse "),
    ],
)
def test_a_change_beyond_both_spreads_is_told(
    unit: str, before: tuple[float, ...], after: tuple[float, ...], way: str
) -> None:
    (line,) = told(figure(*before, unit=unit), figure(*after, unit=unit))
    assert line.startswith(f"{way} warm: retrieve, CPU: ")


def test_a_change_names_both_medians_and_the_share() -> None:
    (line,) = told(figure(10, 11, 12), figure(20, 22, 24))
    assert line == "worse  warm: retrieve, CPU: 11 -> 22 ms (+100 %)"


@pytest.mark.parametrize(
    ("before", "after"),
    [((10, 11, 30), (20, 21, 22)), ((10, 11, 12), (5, 21, 22)), ((1000,), (1019,))],
)
def test_what_either_run_has_seen_of_the_other_is_no_change(
    before: tuple[float, ...], after: tuple[float, ...]
) -> None:
    assert told(figure(*before), figure(*after)) == []


def test_a_figure_that_only_one_run_has_is_not_compared() -> None:
    assert told(figure(1, name="CPU"), figure(9, name="wall")) == []


values = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=9).map(tuple)


@given(values, values)
def test_no_run_is_worse_both_ways(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    there, back = told(figure(*one), figure(*other)), told(figure(*other), figure(*one))
    assert [line[:6] for line in there + back] in ([], ["worse ", "better"], ["better", "worse "])
