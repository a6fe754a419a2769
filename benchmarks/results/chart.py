"""The one chart of a record, drawn by matplotlib in an environment of its own.

    python -m benchmarks.results.chart build/benchmarks.json docs/images/benchmarks.svg

A bar is a median, its line the least and the most. What was not measured is left out.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ["MPLCONFIGDIR"] = str(Path("build", "matplotlib").resolve())  # not in the home folder

import matplotlib as mpl

from benchmarks.results.figures import Figure
from benchmarks.results.record import Record, load
from benchmarks.results.tables import in_digits

OURS, PEER = "#2f6f4f", "#b8b2a7"
INK, PAPER = "#333333", "#ffffff"


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure to draw: where it is in the record, and whether it is Larder's."""

    label: str
    row: str
    name: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars that are compared with one another."""

    title: str
    section: str
    unit: str
    bars: tuple[Bar, ...]


def _pair(what: str, row: str, name: str) -> tuple[Bar, ...]:
    """A function beside the twin, whose figures are rows of their own."""
    return (Bar(f"{what}: Larder", row, name, True), Bar("twin", f"{row}, the twin", name))  # noqa: FBT003


PANELS = (
    Panel(
        "Cold start to first answer: CPU",
        "cold_starts",
        "ms",
        (
            *_pair("retrieve", "get_file", "CPU"),
            *_pair("list", "list_files", "CPU"),
            *_pair("create", "create_file", "CPU"),
        ),
    ),
    Panel(
        "Warm: CPU of an answer",
        "warm",
        "ms",
        (
            Bar("list 10 000: Larder", "list 10 000", "CPU", ours=True),
            Bar("twin", "list 10 000", "the twin's CPU"),
            Bar("create 4 MiB: Larder", "create 4 MiB", "CPU", ours=True),
            Bar("twin", "create 4 MiB", "the twin's CPU"),
        ),
    ),
    Panel(
        "One large file, straight to S3: rate",
        "transfers",
        "MiB/s",
        (
            Bar("upload: Larder", "larder, up", "transfer", ours=True),
            Bar("boto3", "boto3, up", "transfer"),
            Bar("aws s3 cp", "aws, up", "transfer"),
            Bar("download: Larder", "larder, down", "transfer", ours=True),
            Bar("boto3", "boto3, down", "transfer"),
            Bar("aws s3 cp", "aws, down", "transfer"),
        ),
    ),
    Panel(
        "64 files of 1 MiB: whole command",
        "many_files",
        "s",
        (
            Bar("upload: Larder", "larder upload", "whole command", ours=True),
            Bar("aws s3 cp", "aws s3 cp --recursive, up", "whole command"),
            Bar("download: Larder", "larder download", "whole command", ours=True),
            Bar("aws s3 cp", "aws s3 cp --recursive, down", "whole command"),
        ),
    ),
)


def drawn(panel: Panel, record: Record) -> list[tuple[Bar, Figure]]:
    """The bars of a panel that the record has figures for."""
    section = record.get(panel.section)
    figures = section.figures if section else ()
    found = {(one.row, one.name): one for one in figures if one.unit == panel.unit}
    return [(bar, found[bar.row, bar.name]) for bar in panel.bars if (bar.row, bar.name) in found]


def main(record: Path, picture: Path) -> None:
    """Draw all panels that have bars, one under the other two by two."""
    mpl.use("agg")
    mpl.rcParams |= {"svg.hashsalt": "larder", "font.size": 9, "text.color": INK}
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    loaded = load(record)
    panels = [(panel, bars) for panel in PANELS if (bars := drawn(panel, loaded))]
    if not panels:
        return
    lines = -(-len(panels) // 2)
    figure, axes = plt.subplots(lines, 2, figsize=(10, 2.6 * lines), squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (panel, bars) in zip(axes.flat, panels, strict=False):
        _draw(axis, panel, bars)
    figure.tight_layout(w_pad=3, h_pad=2)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, facecolor=PAPER, metadata={"Date": None})


def _draw(axis: "mpl.axes.Axes", panel: Panel, bars: Sequence[tuple[Bar, Figure]]) -> None:
    places = range(len(bars), 0, -1)
    medians = [one.median for _, one in bars]
    spreads = [
        [one.median - min(one.values) for _, one in bars],
        [max(one.values) - one.median for _, one in bars],
    ]
    colours = [OURS if bar.ours else PEER for bar, _ in bars]
    axis.barh(places, medians, xerr=spreads, color=colours, ecolor=INK, error_kw={"lw": 0.7})
    axis.set_yticks(places, [bar.label for bar, _ in bars])
    furthest = max(max(one.values) for _, one in bars)
    for place, (_, one) in zip(places, bars, strict=True):
        end = max(one.values) + furthest * 0.02
        axis.text(end, place, in_digits(one.median), va="center", fontsize=8)
    better = "more is better" if bars[0][1].more_is_better else "less is better"
    axis.set_title(f"{panel.title}, {panel.unit} ({better})", loc="left", fontsize=9.5)
    axis.set_xlim(0, furthest * 1.15)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="y", length=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
