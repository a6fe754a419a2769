"""Run all simulations and write their tables into docs/limits.md."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.contention import tables
from benchmarks.pages import replaced

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"

TABLES: dict[str, Callable[[], list[str]]] = {
    "creates": tables.creates,
    "front door": lambda: tables.creates(tables.FRONT_DOOR_RATES, tables.ONE_TASK),
    "reaping": tables.reaping,
    "many": tables.many,
    "budgets": tables.budgets,
    "ways": tables.ways,
}


def main() -> None:
    """Simulate, each in its turn, and show every table when it is there."""
    for name, simulate in TABLES.items():
        text = "\n".join(simulate())
        sys.stdout.write(f"{name}\n{text}\n\n")
        sys.stdout.flush()
        PAGE.write_text(replaced(PAGE.read_text(), name, text))


if __name__ == "__main__":
    main()
