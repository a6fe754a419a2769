"""What the documents point at is there, and what is there they tell of."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
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


def test_the_architecture_names_only_modules_that_are_there() -> None:
    paths = re.findall(r"`([a-z_]+/[\w/.]+)`", ARCHITECTURE)
    paths += re.findall(r"\b((?:core|stores|events|endpoints|api)/\w+)", ARCHITECTURE)
    assert len(paths) > 40
    for path in paths:
        below = [ROOT / path, ROOT / "lambdas" / path, ROOT / "lambdas" / f"{path}.py"]
        assert any(place.exists() for place in below), path


def test_the_pictures_name_only_methods_that_are_there() -> None:
    pictures = re.findall(r"^```mermaid\n(.*?)^```", ARCHITECTURE, re.DOTALL | re.MULTILINE)
    named = re.findall(r"\b([A-Z]\w+)\.([a-z]\w+)", "".join(pictures))
    assert len(named) > 10
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "lambdas").rglob("*.py")]
    for name, method in named:
        [home] = [text for text in code if re.search(rf"^class {name}\b", text, re.MULTILINE)]
        assert re.search(rf"^    def {method}\(", home, re.MULTILINE), f"{name}.{method}"


def test_the_words_of_the_code_are_in_the_code() -> None:
    rows = re.findall(r"^\| (.+?) \| .+ \| `(.+?)` \|$", ARCHITECTURE, re.MULTILINE)
    assert len(rows) > 20
    for words, path in rows:
        code = (ROOT / path).read_text(encoding="utf-8").lower()
        for word in words.replace("`", "").replace("…", "").lower().split(", "):
            first = word.removeprefix("of an ").split()[0]
            assert first in code, f"{path} has no {word}"


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
    named = " ".join(re.findall(r"^\| (`larder/.*?) \|", CONTRIBUTING, re.MULTILINE))
    assert {package for package in packages if package not in named} == set()
