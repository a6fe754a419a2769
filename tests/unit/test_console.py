"""The console's page: how it is made, and how it is answered."""

import gzip
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

import pytest

from infra.bundle.console import build_console
from lambdas.api.console import (
    PAGE,
    Asset,
    answer_console,
    page_from,
    read_console,
    security_policy,
)
from lambdas.core.errors import UnknownUrl

ROOT = Path(__file__).parents[2]
CONTENT_URL = "https://content.s3.eu-central-1.amazonaws.com"
MOST_COMPRESSED_BYTES = 250_000

pytestmark = pytest.mark.xdist_group("bundle")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "console"
    build_console(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def assets(built: Path) -> Mapping[str, Asset]:
    return read_console(built, CONTENT_URL)


def named_by(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="console/([^"]+)"', page)


def test_the_page_names_every_file_by_its_content(built: Path) -> None:
    names = named_by((built / PAGE).read_text())
    assert {*names, PAGE} == {path.name for path in built.iterdir()}
    assert all(re.fullmatch(r"\w+-[0-9a-f]{12}\.(js|css|svg)", name) for name in names)


def test_the_same_sources_make_the_same_page(built: Path, tmp_path: Path) -> None:
    build_console(ROOT, tmp_path / "again")
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert again == {path.name: path.read_bytes() for path in built.iterdir()}


def test_all_of_it_is_small(built: Path) -> None:
    compressed = sum(len(gzip.compress(path.read_bytes())) for path in built.iterdir())
    assert compressed < MOST_COMPRESSED_BYTES


def test_it_has_neither_inline_code_nor_anybody_elses(built: Path) -> None:
    page = (built / PAGE).read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=", page)
    for path in built.iterdir():
        hosts = set(re.findall(r"https?://([^/\"'`\s)]+)", path.read_text()))
        assert hosts <= {"www.w3.org"}, path.name  # XML's namespaces, which nobody asks


def test_the_page_is_asked_for_again_and_what_it_names_is_kept(
    assets: Mapping[str, Asset],
) -> None:
    page = answer_console(assets, PAGE, None)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert isinstance(page.body, str)
    for name in named_by(page.body):
        assert answer_console(assets, name, None).headers["cache-control"].endswith("immutable")


def test_whoever_knows_it_is_told_that_it_is_the_same(assets: Mapping[str, Asset]) -> None:
    tag = answer_console(assets, PAGE, None).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        same = answer_console(assets, PAGE, known)
        assert (same.status, same.body, same.headers["etag"]) == (304, "", tag)
    assert answer_console(assets, PAGE, '"other"').status == 200


@pytest.mark.parametrize("name", ["", "main.js", "../api/console.py", "index.html/", "INDEX.HTML"])
def test_nothing_else_is_there(assets: Mapping[str, Asset], name: str) -> None:
    with pytest.raises(UnknownUrl):
        answer_console(assets, name, None)


@pytest.mark.parametrize("base", ["/v1", "/files-api/v1", "/console/v1"])
@pytest.mark.parametrize("spelling", ["/", "/index.html", "/index.html/"])
def test_another_path_that_means_the_page_leads_to_its_own(base: str, spelling: str) -> None:
    asked = f"{base}/console{spelling}"
    answer = page_from(asked)
    assert answer is not None
    assert (answer.status, answer.body) == (308, "")
    for origin in ("https://files.example.com", "https://files.example.com/under"):
        assert urljoin(origin + asked, answer.headers["location"]) == f"{origin}{base}/console"


def test_the_pages_own_path_leads_nowhere() -> None:
    assert page_from("/v1/console") is None


def test_a_cache_keeps_what_is_compressed_from_whoever_cannot_read_it(
    assets: Mapping[str, Asset],
) -> None:
    for asset in assets.values():
        assert asset.headers["vary"] == "Accept-Encoding"


def test_a_browser_that_has_seen_it_comes_by_https_from_then_on(
    assets: Mapping[str, Asset],
) -> None:
    redirect = page_from("/v1/console/")
    assert redirect is not None
    for headers in (redirect.headers, *(asset.headers for asset in assets.values())):
        assert headers["strict-transport-security"] == "max-age=31536000"


def test_its_policy_lets_it_ask_the_service_and_the_bucket_alone(
    assets: Mapping[str, Asset],
) -> None:
    policy = answer_console(assets, PAGE, None).headers["content-security-policy"]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    assert allowed["connect-src"] == f"'self' {CONTENT_URL}"
    assert "unsafe" not in policy


def test_a_local_bucket_is_allowed_by_its_host() -> None:
    policy = security_policy("http://localhost:4581/content")
    assert "connect-src 'self' http://localhost:4581;" in policy
