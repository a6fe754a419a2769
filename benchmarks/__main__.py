"""Measures Larder and its peers: docs/benchmarks.md, its chart and build/benchmarks.json.

What is run is `make bench`, with ONLY, ROUNDS, MIB and AGAINST for the options below.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.pages import replaced
from benchmarks.results.comparison import changes
from benchmarks.results.figures import Gathering
from benchmarks.results.goals import goals_text
from benchmarks.results.machine import circumstances, versions_in
from benchmarks.results.record import Record, RecordError, Section, load, save
from benchmarks.results.tables import section_text
from benchmarks.sections import SECTIONS, Scale, SectionRow

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "images" / "benchmarks.svg"
RECORD = ROOT / "build" / "benchmarks.json"
DRAWS = ROOT / ".venv-chart" / "bin" / "python"


def main() -> int:
    """Measure what was asked for; the exit code is 1 if something got worse."""
    options = _options()
    try:
        earlier = load(options.against) if options.against else None
        record = load(RECORD) if RECORD.exists() else {}
    except RecordError as error:
        sys.exit(str(error))
    scale = Scale(options.rounds, options.mib)
    measured: Record = {}
    for row in options.only:
        print(f"{row.name} …", file=sys.stderr, flush=True)
        measured[row.name] = _measured(row, scale)
        text = section_text(measured[row.name])
        print(f"\n{text}\n", flush=True)
        record = {**record, **measured}
        save({each.name: record[each.name] for each in SECTIONS if each.name in record}, RECORD)
        page = replaced(PAGE.read_text(), row.name, text)
        PAGE.write_text(replaced(page, "goals", goals_text(record)))
    subprocess.run([DRAWS, "-m", "benchmarks.results.chart", RECORD, CHART], check=True, cwd=ROOT)
    return _compared(earlier, measured) if earlier is not None else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_sections, default=SECTIONS, metavar="SECTION,…")
    parser.add_argument("--rounds", type=_positive, help="instead of each section's own number")
    parser.add_argument("--mib", type=_positive, default=512, help="the size of large files")
    parser.add_argument("--against", type=Path, help="a file of an earlier run")
    return parser.parse_args()


def _sections(text: str) -> tuple[SectionRow, ...]:
    known = {row.name: row for row in SECTIONS}
    wanted = text.split(",")
    if unknown := [name for name in wanted if name not in known]:
        raise argparse.ArgumentTypeError(
            f"{unknown[0]!r} is no section; there are {', '.join(known)}"
        )
    return tuple(known[name] for name in known if name in wanted)


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _measured(row: SectionRow, scale: Scale) -> Section:
    gathering = Gathering(row.name)
    gathering.take(row.measure(scale))
    others: dict[str, str] = {}
    for environment, package in row.others:
        others |= versions_in(ROOT / environment, [package])
    about = circumstances(_command(row, scale), row.packages, others)
    return Section(row.name, about, gathering.figures, tuple(gathering.remarks))


def _command(row: SectionRow, scale: Scale) -> str:
    more = f" ROUNDS={scale.rounds}" if scale.rounds else ""
    return f"make bench ONLY={row.name}{more}" + (f" MIB={scale.mib}" if scale.mib != 512 else "")


def _compared(earlier: Record, measured: Record) -> int:
    found = sorted(changes(earlier, measured), key=lambda change: not change.is_worse)
    for change in found:
        print(change)
    if not found:
        print("Nothing has changed by more than chance.")
    return 1 if any(change.is_worse for change in found) else 0


if __name__ == "__main__":
    sys.exit(main())
