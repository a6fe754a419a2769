"""Run all simulations and write their tables into docs/limits.md."""

import re
import sys
from pathlib import Path

from benchmarks.contention import tables

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


def main() -> None:
    """Simulate, each in its turn, and show every table when it is there."""
    page = PAGE.read_text()
    for name, table in (
        ("creates", tables.creates()),
        ("front door", tables.creates(tables.FRONT_DOOR_RATES, tables.ONE_TASK)),
        ("ways", tables.ways()),
        ("budgets", tables.budgets()),
        ("reaping", tables.reaping()),
        ("many", tables.many()),
    ):
        text = "\n".join(table)
        sys.stdout.write(f"{name}\n{text}\n\n")
        page = _replaced(page, name, text)
    PAGE.write_text(page)


def _replaced(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)


if __name__ == "__main__":
    main()
