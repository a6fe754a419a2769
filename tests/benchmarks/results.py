"""Figures as tests say them."""

from benchmarks.results.figures import Figure
from benchmarks.results.record import Circumstances, Section

HERE = Circumstances(
    machine="Linux x86_64",
    processor="A processor",
    cores=2,
    python="3.11.7",
    packages={"botocore": "1.44.5"},
    command="make bench ONLY=warm",
    at="2026-11-28T03:00:00+00:00",
)


def figure(*values: float, unit: str = "ms", row: str = "retrieve", name: str = "CPU") -> Figure:
    return Figure("warm", row, name, unit, values)


def section(*figures: Figure, remarks: tuple[str, ...] = ()) -> Section:
    return Section("warm", HERE, figures, remarks)
