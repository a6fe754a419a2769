"""The tables of docs/benchmarks.md, and what the chart takes from the record."""

from pathlib import Path

import pytest

from benchmarks.results.panels import PANELS, Panel, drawn
from benchmarks.results.tables import in_digits, section_text, table
from benchmarks.sections import SECTIONS
from tests.benchmarks.results import figure, section

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def test_rows_and_columns_are_in_the_order_in_which_they_were_measured() -> None:
    figures = [
        figure(2, 1, 3),
        figure(40, name="wall"),
        figure(5, row="list"),
        figure(1.5, name="against boto3", unit="×"),
    ]
    assert table("100 MiB", figures) == [
        "| 100 MiB | CPU, ms | wall, ms | against boto3 |",
        "| --- | ---: | ---: | ---: |",
        "| retrieve | 2 (1–3) | 40 | 1.50× |",
        "| list | 5 |  |  |",
    ]


def test_under_a_table_is_what_it_takes_to_measure_it_again() -> None:
    text = section_text(section(figure(1, 2, 3), remarks=("No OGX here.",)))
    assert text.endswith(
        "\n\nNo OGX here.\n\n*Medians of 3 rounds (least–most). `make bench ONLY=warm` on "
        "28 November 2026; 2 cores (A processor), Linux x86_64; Python 3.11.7, botocore 1.44.5.*"
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.0123, "0.012"), (1, "1"), (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_a_number_has_three_digits(number: float, text: str) -> None:
    assert in_digits(number) == text


@pytest.mark.parametrize("name", [row.name for row in SECTIONS])
def test_the_page_has_a_place_for_each_section(name: str) -> None:
    page = PAGE.read_text()
    assert page.count(f"<!-- {name}: begin -->\n") == page.count(f"<!-- {name}: end -->") == 1


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_a_panel_is_of_a_section_and_has_bars_of_ours_and_of_others(panel: Panel) -> None:
    assert panel.section in {row.name for row in SECTIONS}
    assert {bar.ours for bar in panel.bars} == {True, False}


def test_a_bar_that_was_not_measured_is_left_out() -> None:
    panel = next(panel for panel in PANELS if panel.section == "warm")
    found = drawn(panel, {"warm": section(figure(3, row="list 10,000"))})
    assert [(bar.label, one.median) for bar, one in found] == [("list 10,000: Larder", 3)]
