"""Which documents the site has, in which order, and where each of them lies in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REFERENCE = "docs/openapi.yaml"
DECISIONS = "docs/decisions"

# A document that stands in none of these comes last, and one that is not there is left out.
CHAPTERS = {
    "Users": [
        "README.md",
        "docs/users.md",
        "docs/batch-workers.md",
        REFERENCE,
        "clients/js/README.md",
    ],
    "Operators": [
        "docs/deploy.md",
        "docs/operators.md",
        "docs/front-door.md",
        "docs/runbook.md",
        "docs/restore.md",
        "docs/reliability.md",
        "docs/limits.md",
        "docs/benchmarks.md",
    ],
    "Developers": ["docs/architecture.md", "CONTRIBUTING.md", DECISIONS, "SECURITY.md"],
}
OTHERS = "More"

# Where the contents say something else than the document's own heading.
_TITLES = {
    REFERENCE: "API reference",
    DECISIONS: "Decisions",
    "README.md": "Start here",
    "clients/js/README.md": "Node and browsers",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the contents: a path in the checkout, its path in the site, its title."""

    source: str
    page: str
    title: str


def documents(root: Path) -> list[str]:
    """All documents that become pages, as paths in the checkout."""
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), root / "clients/js/README.md"]
    return sorted(str(path.relative_to(root)) for path in found)


def page_of(source: str) -> str:
    """Where a document lies in the site: below the same folders as in the checkout."""
    if source == "README.md":
        return "index.html"
    if source == DECISIONS:
        return f"{DECISIONS}/index.html"
    return f"{source.rpartition('.')[0]}.html"


def title_of(root: Path, source: str) -> str:
    """What the contents call a document: as it does itself, but for a few."""
    if source in _TITLES:
        return _TITLES[source]
    found = re.search(r"^# (.+)$", (root / source).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].replace("`", "") if found else source


def contents(root: Path) -> Iterator[tuple[str, list[Entry]]]:
    """Yield each chapter's name and lines; the decisions are one line."""
    named = {source for chapter in CHAPTERS.values() for source in chapter}
    others = [
        source
        for source in documents(root)
        if source not in named and not source.startswith(f"{DECISIONS}/")
    ]
    for name, sources in {**CHAPTERS, OTHERS: others}.items():
        there = [source for source in sources if (root / source).exists()]
        if there:
            yield name, [Entry(one, page_of(one), title_of(root, one)) for one in there]
