"""Tables of what was measured, in Markdown."""

from collections.abc import Sequence
from datetime import datetime

from benchmarks.results.figures import Figure
from benchmarks.results.record import Circumstances, Section


def section_text(section: Section) -> str:
    """Write a section's tables, and under them where and how it was measured."""
    lines: list[str] = []
    for title in dict.fromkeys(figure.table for figure in section.figures):
        own = [figure for figure in section.figures if figure.table == title]
        lines += [*table(title, own), ""]
    remarks = [line for remark in section.remarks for line in (remark, "")]
    return "\n".join([*lines, *remarks, footer(section)])


def table(title: str, figures: Sequence[Figure]) -> list[str]:
    """Write the rows in the order in which they came, a column for each name and unit."""
    columns = list(dict.fromkeys((figure.name, figure.unit) for figure in figures))
    found = {(figure.row, figure.name, figure.unit): figure for figure in figures}
    lines = [_cells(title, *(_title(*column) for column in columns))]
    lines.append(_cells("---", *["---:"] * len(columns)))
    for row in dict.fromkeys(figure.row for figure in figures):
        cells = [found.get((row, *column)) for column in columns]
        lines.append(_cells(row, *(cell(each) if each else "" for each in cells)))
    return lines


def _title(name: str, unit: str) -> str:
    return name if unit in ("", "×") else f"{name}, {unit}"


def cell(figure: Figure) -> str:
    """Write a median, and the least and the most where they differ from it."""
    sign = "×" if figure.unit == "×" else ""
    median = in_digits(figure.median)
    least, most = in_digits(min(figure.values)), in_digits(max(figure.values))
    return f"{median}{sign}" if least == most else f"{median}{sign} ({least}–{most})"


def in_digits(number: float) -> str:
    """Write three digits of a number, or all before its point."""
    if number and abs(number) < 0.0995:
        return f"{number:.3f}"
    if abs(number) < 9.995:
        return f"{number:.2f}" if number % 1 else f"{number:.0f}"
    if abs(number) < 99.95:
        return f"{number:.1f}" if number % 1 else f"{number:.0f}"
    return f"{number:,.0f}"


def footer(section: Section) -> str:
    """Say what a reader needs to measure it again."""
    rounds = max((len(figure.values) for figure in section.figures), default=0)
    about = section.circumstances
    of_rounds = f"Medians of {rounds} rounds (least–most). " if rounds > 1 else "One round. "
    packages = ", ".join(f"{name} {version}" for name, version in about.packages.items())
    day = datetime.fromisoformat(about.at)
    return (
        f"*{of_rounds}`{about.command}` on {day.day} {day:%B %Y}; {_machine(about)}; "
        f"Python {about.python}{', ' if packages else ''}{packages}.*"
    )


def _machine(about: Circumstances) -> str:
    return f"{about.cores} cores ({about.processor}), {about.machine}"


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
