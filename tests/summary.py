"""What was tried beyond the count of tests, printed once they have run, on however many workers."""

from collections.abc import Iterator
from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix of calls and faults, how long the model ran, and what a soak did."""
    matrix = sorted(_told(terminalreporter, "fault matrix"))
    if matrix:
        terminalreporter.section("faults at every call")
        for scenario, (calls, faults, _), outcome in matrix:
            words = scenario.replace("_", " ")
            terminalreporter.write_line(f"{words:60} {calls:3} calls {faults:4} faults  {outcome}")
        calls, faults, whole = (
            sum(counts[column] for _, counts, _ in matrix) for column in (0, 1, 2)
        )
        part = "" if faults == whole else f" of {whole}, chosen by --seed {_seed(terminalreporter)}"
        terminalreporter.write_line(
            f"{len(matrix)} scenarios, {calls} calls, {faults} faults{part}: the five invariants "
            "were checked after each."
        )
    for count in ("two", "three"):
        if orders := sorted(_told(terminalreporter, f"orders of {count}")):
            terminalreporter.section(f"orders of the calls of {count} requests")
            _tell_orders(terminalreporter, count, orders)
    model = list(_told(terminalreporter, "model"))
    if model:
        terminalreporter.section("the model")
        runs, steps = (sum(counts[column] for _, counts, _ in model) for column in (0, 1))
        terminalreporter.write_line(f"{runs} runs, {steps} steps: all was as the model says.")
    if histories := [counts for _, counts, _ in _told(terminalreporter, "histories")]:
        terminalreporter.section("histories")
        objects, operations, undecided = (sum(one[at] for one in histories) for at in range(3))
        terminalreporter.write_line(
            f"{len(histories)} histories, {operations} operations on {objects} files, uploads and "
            f"usages: checked whether each is linearizable, {undecided} undecided."
        )
    for _, soaked, _ in _told(terminalreporter, "soak"):
        terminalreporter.section("users while AWS fails")
        terminalreporter.write_line(soaked)


def _tell_orders(
    reporter: pytest.TerminalReporter, count: str, told: list[tuple[str, Any, str]]
) -> None:
    for stage, (orders, met, _), outcome in told:
        words = stage.replace("_", " ")
        reporter.write_line(f"{words:20} {met:4} times {count} {orders:6} orders  {outcome}")
    orders, met, whole = (sum(counts[at] for _, counts, _ in told) for at in range(3))
    part = "" if met == whole else f" of {whole}, chosen by --seed {_seed(reporter)}"
    reporter.write_line(
        f"{met} times {count}{part}, {orders} orders: each was held to what the same come to one "
        "by one."
    )


def _seed(reporter: pytest.TerminalReporter) -> int:
    seed: int = reporter.config.option.seed
    return seed


def _told(reporter: pytest.TerminalReporter, name: str) -> Iterator[tuple[str, Any, str]]:
    """Yield what tests told of themselves by this name: the test's parameter, that, the outcome."""
    for outcome in ("passed", "failed"):
        for report in reporter.getreports(outcome):
            value = dict(report.user_properties).get(name)
            if value is not None:
                yield report.nodeid.partition("[")[2].partition("]")[0], value, outcome
