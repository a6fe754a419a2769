"""The console's paths, as browsers and checks of availability ask for them."""

import re

import httpx2
import pytest

from infra.routes import CONSOLE
from infra.rows import Route
from tests.bed.bed import BASE_URL, Bed
from tests.bed.gateway import handler_of
from tests.bed.proxy_event import HttpRequest, proxy_event


@pytest.fixture
def browser(bed: Bed) -> httpx2.Client:
    """Somebody without a key, who follows no redirect."""
    return httpx2.Client(base_url=BASE_URL, transport=bed.transport())


def a_file_of(page: str) -> str:
    """The path of a file that the page names."""
    found = re.search(r'"(console/[^"]+\.svg)"', page)
    assert found
    return f"/{found[1]}"


def test_a_head_of_the_page_and_its_files_is_their_get_without_a_body(
    browser: httpx2.Client,
) -> None:
    file = a_file_of(browser.get("/console").text)
    for path in ("/console", file):
        got = browser.get(path, headers={"accept-encoding": "identity"})
        head = browser.head(path, headers={"accept-encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.pop("content-length") == str(len(got.content))
        for each in (got, head):
            del each.headers["x-request-id"]
        got.headers.pop("content-length", None)
        assert head.headers == got.headers


def test_a_head_is_told_too_that_nothing_has_changed(browser: httpx2.Client) -> None:
    known = {"if-none-match": browser.get("/console").headers["etag"]}
    assert browser.head("/console", headers=known).status_code == 304


def test_a_head_of_what_is_not_there_is_not_found(browser: httpx2.Client) -> None:
    assert browser.head("/console/main.php").status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_pages_file_leads_to_the_page(browser: httpx2.Client, method: str) -> None:
    answer = browser.request(method, "/console/index.html")
    assert (answer.status_code, answer.content) == (308, b"")
    assert answer.url.join(answer.headers["location"]) == browser.get("/console").url


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_page_with_a_slash_behind_leads_to_the_page(method: str) -> None:
    # API Gateway takes the slash off to find the method, but tells the function of it.
    request = HttpRequest(method, "/v1/console/")
    event = proxy_event(request, Route(method, "/console", CONSOLE), {}, request_id="r-1", now=1.0)
    answer = handler_of(CONSOLE.handler)(event, None)
    assert (answer["statusCode"], answer["body"]) == (308, "")
    assert answer["headers"]["location"] == "../console"
