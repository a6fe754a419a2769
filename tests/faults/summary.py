"""The matrix of calls and faults, printed once its tests have run, on however many workers."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many calls each scenario makes and how many faults were tried at them."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            told = dict(report.user_properties).get("fault matrix")
            if told is not None:
                rows.append((report.nodeid.partition("[")[2].rstrip("]"), *told, outcome))
    if not rows:
        return
    terminalreporter.section("every call times every fault")
    for scenario, calls, faults, outcome in sorted(rows):
        words = scenario.replace("_", " ")
        terminalreporter.write_line(f"{words:60} {calls:3} calls {faults:4} faults  {outcome}")
    calls, faults = (sum(row[column] for row in rows) for column in (1, 2))
    terminalreporter.write_line(
        f"{len(rows)} scenarios, {calls} calls, {faults} faults: the five invariants were checked "
        "after each."
    )
