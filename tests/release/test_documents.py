"""What the documents point at is there, and what is there they tell of."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def anchors_of(document: Path) -> set[str]:
    """The names that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_its_links_within_the_project_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors_of(target), link


def test_contributing_names_only_what_is_there() -> None:
    paths = re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", CONTRIBUTING)
    assert len(paths) > 10
    for path in paths:
        below = [ROOT / path, ROOT / "tests" / path, ROOT / "tests/infra" / path]
        assert any(place.exists() for place in below), path


def test_contributing_says_what_every_kind_of_test_proves() -> None:
    kinds = {path.parent.name for path in (ROOT / "tests").glob("*/*.py")}
    assert kinds
    for kind in kinds:
        assert re.search(rf"`{kind}`", CONTRIBUTING), f"CONTRIBUTING.md says nothing of {kind}"


def test_contributing_tells_of_every_package_of_the_client() -> None:
    packages = {path.parent.name for path in (ROOT / "larder").glob("*/__init__.py")}
    told = " ".join(re.findall(r"^\| (`larder/.*?) \|", CONTRIBUTING, re.MULTILINE))
    assert {package for package in packages if package not in told} == set()
