"""The one chart of a record, drawn by matplotlib in an environment of its own.

    python -m benchmarks.results.chart build/benchmarks.json docs/images/benchmarks.svg

A bar is a median, its line the least and the most. What was not measured is left out.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ["MPLCONFIGDIR"] = str(Path("build", "matplotlib").resolve())  # not in the home folder

import matplotlib as mpl

from benchmarks.results.figures import Figure
from benchmarks.results.panels import PANELS, Bar, Panel, drawn
from benchmarks.results.record import load
from benchmarks.results.tables import in_digits

OURS, PEER = "#2f6f4f", "#b8b2a7"
INK, PAPER = "#333333", "#ffffff"


def main(record: Path, picture: Path) -> None:
    """Draw all panels, once each has bars: a run of one section leaves the chart as it is."""
    mpl.use("agg")
    mpl.rcParams |= {"svg.hashsalt": "larder", "font.size": 9, "text.color": INK}
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    loaded = load(record)
    panels = [(panel, drawn(panel, loaded)) for panel in PANELS]
    if missing := [panel.section for panel, bars in panels if not bars]:
        print(f"The chart is not drawn: it also wants {', '.join(dict.fromkeys(missing))}.")
        return
    lines = -(-len(panels) // 2)
    figure, axes = plt.subplots(lines, 2, figsize=(10, 2.6 * lines), squeeze=False)
    for axis, (panel, bars) in zip(axes.flat, panels, strict=True):
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
    axis.set_title(panel.title, loc="left", fontsize=10)
    axis.set_xlabel(f"{panel.unit}, {better}", loc="left", fontsize=8)
    axis.set_xlim(0, furthest * 1.15)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(axis="y", length=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
