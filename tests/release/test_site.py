"""The site that `make docs` builds: whole, linked, drawn, and from no other host."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from release.site.build import ROOT, Broken, build, redocly
from release.site.contents import REFERENCE, documents, page_of
from tests.unit.test_openapi import OPERATIONS

# One worker, so that it is built once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]

NODE = Path(sys.executable).with_name("node")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# What a browser fetches without being asked to.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


@dataclass
class Page(HTMLParser):
    """What a page points at, fetches, and can be pointed at."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in FETCHED and FETCHED[tag] in given:
            self.fetched.append(given[FETCHED[tag]])


def page_at(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def is_named(target: Path, anchor: str) -> bool:
    """Whether a file has what an anchor names; all have no anchor."""
    return not anchor or target.suffix != ".html" or anchor in page_at(target).names


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this checkout."""
    site = tmp_path_factory.mktemp("build") / "docs"
    build(site)
    return site


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: page_at(path) for path in sorted(site.rglob("*.html"))}


def broken_links(pages: dict[Path, Page], site: Path) -> Iterator[str]:
    """Yield each link within the site that leads nowhere, or out of it."""
    for path, page in pages.items():
        for link in [*page.links, *page.fetched]:
            if ELSEWHERE.match(link) or (path == site / page_of(REFERENCE) and link[0] == "/"):
                continue  # the latter are the reference's own, before its script has run
            file, _, anchor = unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            inside = target.is_file() and target.is_relative_to(site.resolve())
            if not inside or not is_named(target, anchor):
                yield f"{path.relative_to(site)}: {link}"


def test_every_document_is_a_page(site: Path) -> None:
    assert {page_of(source) for source in documents(ROOT)} <= {
        str(path.relative_to(site)) for path in site.rglob("*.html")
    }


def test_every_link_within_it_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    assert list(broken_links(pages, site)) == []


def test_from_the_first_page_one_comes_to_every_other(site: Path, pages: dict[Path, Page]) -> None:
    seen, ahead = set(), [site / "index.html"]
    while ahead:
        path = ahead.pop()
        if path in seen or path not in pages:
            continue
        seen.add(path)
        ahead += [
            (path.parent / unquote(link.partition("#")[0])).resolve() for link in pages[path].links
        ]
    assert seen == set(pages)


def test_nothing_is_fetched_from_another_host(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert [url for url in page.fetched if re.match(r"(https?:)?//", url)] == [], path


def test_no_style_fetches_anything(site: Path) -> None:
    for path in [*site.rglob("*.css"), *site.rglob("*.html")]:
        text = path.read_text(encoding="utf-8")
        styles = (
            [text] if path.suffix == ".css" else re.findall(r"<style.*?</style>", text, re.DOTALL)
        )
        for style in styles:
            assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", style), path


def test_the_reference_may_fetch_nothing(site: Path) -> None:
    text = (site / page_of(REFERENCE)).read_text(encoding="utf-8")
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "'self'" not in policy


def test_the_reference_has_every_operation(site: Path) -> None:
    text = (site / page_of(REFERENCE)).read_text(encoding="utf-8")
    assert len(OPERATIONS) > 10
    for name in OPERATIONS:
        assert f'"operationId":"{name}"' in text


def test_in_a_browser_all_is_drawn_and_no_other_host_is_asked(site: Path) -> None:
    drawn = [path for path in site.rglob("*.html") if '<pre class="mermaid">' in path.read_text()]
    assert site / "docs/architecture.html" in drawn
    looked_at = [*drawn, site / page_of(REFERENCE), site / "index.html"]
    done = subprocess.run(
        [NODE, Path(__file__).with_name("look.mjs"), *looked_at],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    for path, page in zip(looked_at, found, strict=True):
        assert (page["errors"], page["asked"], page["failed"]) == ([], [], 0), path
        assert page["pictures"] == path.read_text().count('<pre class="mermaid">'), path
        assert page["headings"], path


def test_the_description_has_no_warning() -> None:
    done = redocly("lint", ROOT / REFERENCE, "--format=json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["problems"] == []
    assert report["totals"]["ignored"] == 0


def test_a_link_to_nothing_builds_nothing_and_leaves_what_was_there(tmp_path: Path) -> None:
    root, site = tmp_path / "checkout", tmp_path / "site"
    (root / "clients/js").mkdir(parents=True)
    (root / "clients/js/README.md").write_text("# Client\n")
    (root / "README.md").write_text("# Here\n[there](docs/nowhere.md)\n")
    site.mkdir()
    (site / "index.html").write_text("before")
    with pytest.raises(Broken, match=r"README\.md links to docs/nowhere\.md"):
        build(site, root)
    assert [path.name for path in tmp_path.iterdir() if path != root] == ["site"]
    assert (site / "index.html").read_text() == "before"
