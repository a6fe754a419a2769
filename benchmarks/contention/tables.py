"""The tables of docs/limits.md, a list of lines each."""

from collections.abc import Iterator, Sequence
from unittest.mock import patch

from benchmarks.contention.costs import DOLLARS_A_MILLION_WRITE_UNITS
from benchmarks.contention.creating import FUNCTIONS, Way
from benchmarks.contention.dynamodb import Assumptions
from benchmarks.contention.figures import Figures
from benchmarks.contention.scenarios import (
    SECONDS,
    SETTLED_AFTER,
    many_owners,
    most_creates,
    one_owner,
    reaper,
)
from lambdas.stores.catalog import conflicts

OVERFLOWING = 100
OVERFLOWING_SECONDS = 20.0
"""What overflows does so within seconds, and takes long to simulate."""

RATES = (1, 2, 5, 10, 20, 30, 40, 50, 100, 200, 500)
FRONT_DOOR_RATES = (20, 50, 100, 200)
ONE_TASK = Way(processes=1)
SDK_TRIES = 3
FILES = 1_000_000

Table = list[str]


def creates(rates: Sequence[int] = RATES, way: Way = FUNCTIONS) -> Table:
    """Tell what becomes of one owner's creates at these rates."""
    head = ("offered, /s", "created, /s", "p50", "p99", "tries each", "Busy")
    lines = [*_head(*head, "write units each", "of which wasted", "a million cost")]
    for rate in rates:
        seconds = SECONDS if rate < OVERFLOWING else OVERFLOWING_SECONDS
        figures = one_owner(rate, way, seconds)
        lines.append(_cells(str(rate), *_figures(figures, seconds)))
    return lines


def _figures(figures: Figures, seconds: float) -> Iterator[str]:
    yield f"{figures.rate(SETTLED_AFTER, seconds):.1f}"
    yield f"{figures.quantile(0.5):.2f} s"
    yield f"{figures.quantile(0.99):.2f} s"
    yield f"{figures.tries_each:.1f}"
    yield f"{figures.busy_share:.0%}"
    yield f"{figures.units_each:.1f}"
    yield f"{figures.wasted_share:.0%}"
    yield f"${figures.units_each * DOLLARS_A_MILLION_WRITE_UNITS:.2f}"


def ways() -> Table:
    """Tell how many creates a second one owner has, as things are and as they might be."""
    lines = [*_head("", "one owner has, /s", "created of 200 offered, /s")]
    lines += [_way("as it is: functions", FUNCTIONS)]
    lines += [
        _way(f"as it is: the front door, {_tasks(count)}", Way(processes=count))
        for count in (1, 2, 4)
    ]
    for longest in (0.4, 0.05):
        with patch.object(conflicts, "LONGEST_PAUSE_SECONDS", longest):
            lines.append(_way(f"functions, pauses of up to {longest} s", FUNCTIONS))
    lines += [_way(f"functions, usage split in {count}", Way(usages=count)) for count in (2, 4, 8)]
    for name, assumed in (
        ("DynamoDB twice as fast", Assumptions(slowness=0.5)),
        ("DynamoDB half as fast", Assumptions(slowness=2.0)),
        ("the item held for half as long", Assumptions(held=0.35)),
    ):
        lines.append(_way(f"functions, {name}", Way(assumed=assumed)))
        lines.append(_way(f"the front door, 2 tasks, {name}", Way(assumed=assumed, processes=2)))
    return lines


def _way(name: str, way: Way) -> str:
    overflowing = one_owner(2 * OVERFLOWING, way, OVERFLOWING_SECONDS)
    created = overflowing.rate(SETTLED_AFTER, OVERFLOWING_SECONDS)
    return _cells(name, f"{most_creates(way)}", f"{created:.0f}")


def _tasks(count: int) -> str:
    return f"{count} task{'s' if count > 1 else ''}"


def budgets(rate: int = 60) -> Table:
    """Tell what comes of giving up sooner or later, with clients that try three times."""
    lines = [*_head("give up after", "created, /s", "p50", "p99", "failed", "tries each")]
    for seconds in (2, 6, 12, 24):
        with patch.object(conflicts, "CONFLICT_BUDGET_SECONDS", float(seconds)):
            figures = one_owner(rate, Way(client_tries=SDK_TRIES), SECONDS)
        lines.append(
            _cells(
                f"{seconds} s",
                f"{figures.rate(SECONDS / 2, SECONDS):.1f}",
                f"{figures.quantile(0.5):.1f} s",
                f"{figures.quantile(0.99):.1f} s",
                f"{figures.busy_share:.0%}",
                f"{figures.tries_each:.0f}",
            )
        )
    return lines


def reaping() -> Table:
    """Tell how the reaper works off a million files of one owner who goes on creating."""
    head = ("creates meanwhile, /s", "reaped, /s", "a million take", "longest batch")
    lines = [*_head(*head, "creates' p99", "creates' tries each")]
    for rate, together in [(rate, 1) for rate in (0, 1, 5, 10, 20, 30)] + [(0, 25), (20, 25)]:
        reaped = reaper(rate, together)
        lines.append(
            _cells(
                f"{rate}" if together == 1 else f"{rate}, if {together} went together",
                f"{reaped.files_a_second:.0f}",
                f"{FILES / reaped.files_a_second / 3600:.1f} h",
                f"{reaped.longest_batch:.1f} s",
                f"{reaped.creating.quantile(0.99):.2f} s" if rate else "",
                f"{reaped.creating.tries_each:.1f}" if rate else "",
            )
        )
    return lines


def many() -> Table:
    """Tell what becomes of the creates of ten thousand owners."""
    lines = [*_head("in all, /s", "partitions", "created, /s", "p50", "p99", "tries each", "Busy")]
    for rate, partitions in ((100, 4), (400, 4), (600, 4), (2000, 40)):
        seconds = OVERFLOWING_SECONDS
        figures = many_owners(10_000, rate, partitions, seconds)
        shown = [*_figures(figures, seconds)][:5]
        lines.append(_cells(str(rate), str(partitions), *shown))
    return lines


def _head(*titles: str) -> Iterator[str]:
    yield _cells(*titles)
    yield _cells(*["---"] * len(titles))


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
