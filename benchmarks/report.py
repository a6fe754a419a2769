"""Writes what was measured into docs/benchmarks.md."""

import os
import platform
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.ogx import OGX
from benchmarks.run import Run
from benchmarks.servers import Use

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- transfer: begin -->", "<!-- transfer: end -->"
_PACKAGES = ("openai", "boto3", "urllib3", "awscrt", "uvicorn")


@dataclass(frozen=True)
class Turn:
    """A command, and what the server took meanwhile that its bytes passed through, if any."""

    run: Run
    server: Use | None
    server_idle_bytes: int


@dataclass(frozen=True)
class Measured:
    """One client's turns in a round with a file of this size."""

    client: str
    mib: int
    up: Turn
    down: Turn


Figure = Callable[[Turn], float]
Turns = dict[tuple[str, str], list[Turn]]
"""By client and way, those of a round at the same place in each list."""


def write_report(measured: list[Measured], remarks: list[str]) -> str:
    """Puts the tables in their place on the page, and returns them."""
    lines: list[str] = []
    for mib in sorted({each.mib for each in measured}, reverse=True):
        turns = _of_size(mib, measured)
        rival = "boto3" if ("boto3", "up") in turns else OGX
        lines += [*_servers(turns, mib, rival), ""]
        if rival == "boto3":
            lines += [*_clients(turns, mib, rival), ""]
    text = "\n".join([*lines, *_circumstances(measured), *remarks])
    page = PAGE.read_text()
    block = f"{_BEGIN}\n{text}\n{_END}"
    PAGE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: block, page, flags=re.DOTALL))
    return text


def _of_size(mib: int, measured: list[Measured]) -> Turns:
    turns: Turns = {}
    for way in ("up", "down"):
        for each in sorted(measured, key=lambda each: each.client not in ("larder", "boto3")):
            if each.mib == mib:
                turn = each.up if way == "up" else each.down
                turns.setdefault((each.client, way), []).append(turn)
    return turns


def _servers(turns: Turns, mib: int, rival: str) -> Iterator[str]:
    """What passes through a server: how fast, and what that server takes."""
    figures = ("transfer, MiB/s", f"against {rival}", "server's CPU", "its memory before", "grown")
    yield from _head(f"{mib} MiB through a server", *figures)
    for (name, way), own in turns.items():
        uses = [turn.server for turn in own if turn.server]
        if not uses:
            continue
        idle = _median(own, lambda turn: turn.server_idle_bytes)
        cpu = [use.cpu_seconds * 1024 / mib for use in uses]
        grown = statistics.median(use.peak_bytes for use in uses) - idle
        yield _cells(
            f"{name}, {way}",
            _spread([mib / turn.run.seconds for turn in own], "{:.0f}"),
            _against(turns[rival, way], own, lambda turn: turn.run.seconds),
            f"{_spread(cpu, '{:.2f}')} s/GiB",
            f"{idle / 2**20:.0f} MiB",
            f"{grown / 2**20:.0f} MiB",
        )


def _clients(turns: Turns, mib: int, rival: str) -> Iterator[str]:
    """What the clients' own processes take."""
    against = f"against {rival}"
    figures = ("transfer, MiB/s", against, "whole command, s", against, "its CPU", "peak memory")
    yield from _head(f"{mib} MiB", *figures)
    for (name, way), own in turns.items():
        boto3 = turns[rival, way]
        yield _cells(
            f"{name}, {way}",
            _spread([mib / turn.run.seconds for turn in own], "{:.0f}"),
            _against(boto3, own, lambda turn: turn.run.seconds),
            _spread([turn.run.wall_seconds for turn in own], "{:.2f}"),
            _against(boto3, own, lambda turn: turn.run.wall_seconds),
            f"{_median(own, lambda turn: turn.run.cpu_seconds) * 1024 / mib:.2f} s/GiB",
            f"{_median(own, lambda turn: turn.run.peak_bytes) / 2**20:.0f} MiB",
        )


def _head(*titles: str) -> list[str]:
    return [_cells(*titles), _cells(*["---"] * len(titles))]


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _median(turns: list[Turn], figure: Figure) -> float:
    return statistics.median(figure(turn) for turn in turns)


def _against(rival: list[Turn], own: list[Turn], seconds: Figure) -> str:
    # Of each round by itself, so that a slow minute of the machine counts for both.
    pairs = zip(rival, own, strict=True)
    return _spread([seconds(other) / seconds(turn) for other, turn in pairs], "{:.2f}") + "×"


def _spread(figures: list[float], form: str) -> str:
    least, most = form.format(min(figures)), form.format(max(figures))
    return f"{form.format(statistics.median(figures))} ({least}–{most})"


def _circumstances(measured: list[Measured]) -> list[str]:
    rounds = sum(each.client == "boto3" for each in measured)
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    python = platform.python_version()
    cores = f"{os.cpu_count()} cores ({_processor()}), shared by client, API, front door and S3"
    return [
        f"Medians of {rounds} rounds (least–most); Python {python}, {packages}; {cores}.",
    ]


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists() and (found := re.search(r"model name\s*: (.+)", facts.read_text())):
        return found[1]
    return platform.processor() or platform.machine()
