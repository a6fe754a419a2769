"""What got slower since an earlier run, by more than chance."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results.figures import Figure
from benchmarks.results.record import Record
from benchmarks.results.tables import in_digits

LEAST_SHARE = 0.02
"""What changes less than this is the same, however little it flickers."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of two runs whose medians differ by more than either run's spread."""

    before: Figure
    after: Figure

    @property
    def is_worse(self) -> bool:
        """Whether it costs more, or a rate is less."""
        return (self.after.median > self.before.median) != self.after.more_is_better

    def __str__(self) -> str:
        before, after = self.before.median, self.after.median
        share = f"{100 * (after / before - 1):+.0f} %" if before else "was none"
        section, table, row, name, unit = self.after.key
        way = "worse" if self.is_worse else "better"
        change = f"{in_digits(before)} -> {in_digits(after)} {unit}".rstrip()
        return f"{way:6} {section}: {table and f'{table}, '}{row}, {name}: {change} ({share})"


def changes(before: Record, after: Record) -> Iterator[Change]:
    """Yield what has changed, of all that both runs have measured."""
    known = {figure.key: figure for section in before.values() for figure in section.figures}
    for section in after.values():
        for figure in section.figures:
            earlier = known.get(figure.key)
            if earlier is not None and differ(earlier, figure):
                yield Change(earlier, figure)


def differ(one: Figure, other: Figure) -> bool:
    """Tell whether each run's median lies beyond all that the other run saw."""
    if abs(one.median - other.median) <= LEAST_SHARE * abs(one.median):
        return False
    return _is_beyond(one.median, other) and _is_beyond(other.median, one)


def _is_beyond(median: float, figure: Figure) -> bool:
    return not min(figure.values) <= median <= max(figure.values)
