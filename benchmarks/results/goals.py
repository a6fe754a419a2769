"""What is to be reached, and whether it is: the first table of the page."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results.figures import Figure
from benchmarks.results.record import Record
from benchmarks.results.tables import in_digits


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure, and what it may be at most; of a rate it is what it must be at least.

    Args:
        what: The figure in words.
        section: Where in the record it is.
        row: The row of its table.
        name: The column.
        unit: The column's unit.
        bound: In that unit.
        beside: Where it is a ratio of two rows, the row of whom it is compared with.
    """

    what: str
    section: str
    row: str
    name: str
    unit: str
    bound: float
    beside: str | None = None

    @property
    def is_times(self) -> bool:
        """Whether it says how many times better than somebody else: then more is better."""
        return self.beside is not None or self.unit == "×"


def _cold(what: str, row: str) -> Goal:
    words = f"cold start to {what}, CPU, of the twin's"
    return Goal(words, "cold_starts", row, "of the twin's CPU", "", 0.27)


def _moved(what: str, row: str, ratio: float) -> tuple[Goal, Goal]:
    name = "command against boto3's"
    return (
        Goal(
            f"{what} of 512 MiB, whole command, boto3's to it", "transfers", row, name, "×", ratio
        ),
        Goal(f"{what} of 512 MiB, memory", "transfers", row, "peak memory", "MiB", 40),
    )


def _many(what: str, row: str, beside: str) -> Goal:
    words = f"{what} of 64 files, `aws s3 cp --recursive`'s time to its"
    return Goal(words, "many_files", row, "whole command", "s", 2, beside)


GOALS = (
    _cold("retrieve", "get_file"),
    _cold("list", "list_files"),
    _cold("create", "create_file"),
    Goal("list of 10,000 files, CPU", "warm", "list 10,000", "CPU", "ms", 55),
    Goal("the same, compressed", "warm", "list 10,000", "compressed", "KB", 150),
    Goal("retrieve, CPU above botocore's call", "warm", "retrieve", "above them", "ms", 0.15),
    Goal("create of 4 MiB, CPU above its calls", "warm", "create 4 MiB", "above them", "ms", 12),
    Goal(
        "page of 100 of 100,000 files, read units to those of 1,000",
        "pages",
        "page in the middle, of 100,000 files",
        "of those of 1,000",
        "",
        1,
    ),
    *_moved("upload", "larder, up", 1.35),
    *_moved("download", "larder, down", 1.7),
    _many("upload", "larder upload", "aws s3 cp --recursive, up"),
    _many("download", "larder download", "aws s3 cp --recursive, down"),
    Goal("the functions' asset, zipped", "asset", "all functions", "zipped", "MB", 5),
)


def goals_text(record: Record) -> str:
    """Write the table of the goals whose figures the record has."""
    lines = ["| goal | bound | measured | reached |", "| --- | ---: | ---: | --- |"]
    for goal in GOALS:
        for measured in _measured(goal, record):
            unit = "×" if goal.is_times else f" {goal.unit}".rstrip()
            is_reached = measured >= goal.bound if goal.is_times else measured <= goal.bound
            found = in_digits(measured)
            if found == in_digits(goal.bound) and measured != goal.bound:
                found = f"{measured:.4g}"  # else it would not be seen why one is missed
            cells = [goal.what, f"{in_digits(goal.bound)}{unit}", f"{found}{unit}"]
            lines.append(f"| {' | '.join([*cells, 'yes' if is_reached else 'no'])} |")
    return "\n".join(lines)


def _measured(goal: Goal, record: Record) -> Iterator[float]:
    """Yield the figure's median, or the ratio of both; nothing where one of them is not there."""
    figures = record[goal.section].figures if goal.section in record else ()
    wanted = [goal.row] if goal.beside is None else [goal.beside, goal.row]
    found = [one for row in wanted for one in figures if _is(one, goal, row)]
    if len(found) == len(wanted):
        medians = [figure.median for figure in found]
        yield medians[0] if goal.beside is None else medians[0] / medians[1]


def _is(figure: Figure, goal: Goal, row: str) -> bool:
    return (figure.row, figure.name, figure.unit) == (row, goal.name, goal.unit)
