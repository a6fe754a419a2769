"""The one format of what is measured: figures with all their values."""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Of these units more is better, of all others less.
RATES = frozenset({"MiB/s", "MB/s", "requests/s", "lines/s", "×"})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one round, as a section yields it.

    Args:
        row: Of what: the table's row.
        name: What was measured: the table's column.
        unit: Such as `ms`, `MiB` or `×`; `×` is how many times better than somebody else.
        value: In that unit.
        table: Which of the section's tables it is in, where there are several: its first title.
    """

    row: str
    name: str
    unit: str
    value: float
    table: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader must know of a section, such as why somebody did not take part."""

    text: str


Measured = Iterator[Value | Remark]
"""What a section yields, in the order of its table; values of one figure in the order of rounds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a row, with the values of all rounds."""

    section: str
    row: str
    name: str
    unit: str
    values: tuple[float, ...]
    table: str = ""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same figure in another run."""
        return self.section, self.table, self.row, self.name, self.unit

    @property
    def median(self) -> float:
        """The middle of its values."""
        return statistics.median(self.values)

    @property
    def more_is_better(self) -> bool:
        """Whether it is a rate, and not a cost."""
        return self.unit in RATES


@dataclass(slots=True)
class Gathering:
    """Gathers what a section yields."""

    section: str
    remarks: list[str] = field(default_factory=list)
    _values: dict[tuple[str, str, str, str], list[float]] = field(default_factory=dict)

    def take(self, measured: Iterable[Value | Remark]) -> None:
        """Take it all, to the end."""
        for each in measured:
            if isinstance(each, Remark):
                if each.text not in self.remarks:
                    self.remarks.append(each.text)
            else:
                key = (each.table, each.row, each.name, each.unit)
                self._values.setdefault(key, []).append(each.value)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures so far, in the order in which they first came."""
        return tuple(
            Figure(self.section, row, name, unit, tuple(values), table)
            for (table, row, name, unit), values in self._values.items()
        )
