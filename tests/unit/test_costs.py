"""What docs/deploy.md says of money is what the command reckons."""

from pathlib import Path

import pytest

from benchmarks import costs

PAGE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()


@pytest.mark.parametrize(("name", "lines"), [*costs.tables()], ids=lambda value: str(value)[:7])
def test_the_page_has_the_table_that_the_command_writes(name: str, lines: list[str]) -> None:
    text = "\n".join(lines)
    assert f"<!-- {name}: begin -->\n{text}\n<!-- {name}: end -->" in PAGE


@pytest.mark.parametrize(
    ("millions", "dollars"),
    [(1, 3.50), (333, 1165.50), (1_333, 333 * 3.5 + 667 * 2.8 + 333 * 2.38)],
)
def test_api_gateway_is_cheaper_by_the_tier(millions: float, dollars: float) -> None:
    assert costs.gateway(millions) == pytest.approx(dollars)


def test_a_hundred_requests_are_a_hundred() -> None:
    assert sum(share for kind, share in costs.MIX.items() if kind.is_request) == 100


def test_what_is_created_expires_or_is_deleted() -> None:
    assert costs.MIX[costs.CREATE] == costs.MIX[costs.EXPIRE] + costs.MIX[costs.DELETE]


def test_the_functions_at_work_are_as_the_page_says() -> None:
    each = sum(share / 100 * kind.seconds for kind, share in costs.MIX.items() if kind.is_request)
    assert f"Some {100 * each:.0f} functions work at once" in PAGE
    assert f"{10_000 * each:.0f} at work with this mix" in PAGE
