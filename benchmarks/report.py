"""Writes what was measured into docs/benchmarks.md."""

import os
import platform
import re
import statistics
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.run import Run

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- transfer: begin -->", "<!-- transfer: end -->"


@dataclass(frozen=True)
class Measured:
    """One client's turn in a round."""

    client: str
    up: Run
    down: Run


def write_report(measured: list[Measured], mib: int, remarks: list[str]) -> str:
    """Puts the table in its place on the page, and returns it."""
    text = "\n".join([*_table(measured, mib), "", *_circumstances(measured), *remarks])
    page = PAGE.read_text()
    block = f"{_BEGIN}\n{text}\n{_END}"
    PAGE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: block, page, flags=re.DOTALL))
    return text


def _table(measured: list[Measured], mib: int) -> list[str]:
    figures = ("transfer", "whole command", "peak memory")
    columns = [f"{mib} MiB", *(title for figure in figures for title in (figure, "against boto3"))]
    lines = [_cells(columns), _cells(["---"] * len(columns))]
    ways = {
        "up": [(turn.client, turn.up) for turn in measured],
        "down": [(turn.client, turn.down) for turn in measured],
    }
    for way, runs in ways.items():
        by_client = _by_client(runs)
        for client, own in by_client.items():
            lines.append(_row(f"{client}, {way}", own, by_client["boto3"], mib))
    return lines


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(name: str, own: list[Run], boto3: list[Run], mib: int) -> str:
    rates = [mib / run.seconds for run in own]
    # Of each round by itself, so that a slow minute of the machine counts for both.
    pairs = list(zip(own, boto3, strict=True))
    transfer = statistics.median(other.seconds / run.seconds for run, other in pairs)
    whole = statistics.median(other.wall_seconds / run.wall_seconds for run, other in pairs)
    peak = statistics.median(run.peak_bytes for run in own)
    of_boto3 = peak / statistics.median(run.peak_bytes for run in boto3)
    return (
        f"| {name} | {statistics.median(rates):.0f} MiB/s | {transfer:.2f}× "
        f"| {statistics.median(run.wall_seconds for run in own):.2f} s | {whole:.2f}× "
        f"| {peak / 2**20:.0f} MiB | {of_boto3:.2f}× |"
    )


def _by_client(runs: list[tuple[str, Run]]) -> dict[str, list[Run]]:
    grouped: dict[str, list[Run]] = {}
    for client, run in runs:
        grouped.setdefault(client, []).append(run)
    return dict(sorted(grouped.items(), key=lambda pair: pair[0] != "larder"))


def _circumstances(measured: list[Measured]) -> list[str]:
    rounds = sum(turn.client == "boto3" for turn in measured)
    packages = ", ".join(f"{name} {version(name)}" for name in ("boto3", "urllib3", "awscrt"))
    python = platform.python_version()
    cores = f"{os.cpu_count()} cores, shared by client, API and S3"
    return [f"Medians of {rounds} rounds; Python {python}, {packages}; {cores}."]
