"""Pages of other origins, which browsers let read what the API says that they may."""

import httpx2
import pytest

from lambdas.api.cors import EXPOSED, ORIGINS
from tests.bed.bed import Bed, Way

PAGE = "https://app.example.com"
OTHER_PAGE = "https://ui.example.com"
STRANGER = "https://example.org"
WAYS: tuple[Way, ...] = ("gateway", "front_door")
FORM = {"purpose": "batch", "expires_after[seconds]": "3600"}


@pytest.fixture
def open_bed(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> Bed:
    """A stage that names two origins."""
    monkeypatch.setenv(ORIGINS, f"{PAGE} {OTHER_PAGE}")
    return bed


def of_page(bed: Bed, origin: str = PAGE, way: Way = "gateway") -> httpx2.Client:
    """What a page of this origin sends, with alice's key."""
    http = bed.through(way).http_of("alice")
    http.headers["origin"] = origin
    return http


def create(http: httpx2.Client) -> httpx2.Response:
    return http.post("/files", data=FORM, files={"file": ("batch.jsonl", b"{}\n")})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("origin", [PAGE, OTHER_PAGE])
def test_a_page_that_the_stage_names_may_read_answers_and_their_headers(
    open_bed: Bed, way: Way, origin: str
) -> None:
    created = create(of_page(open_bed, origin, way))
    assert created.status_code == 200
    content = of_page(open_bed, origin, way).get(f"/files/{created.json()['id']}/content")
    for answer in (created, content):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-expose-headers"] == EXPOSED
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_it_does_not_name_may_not(open_bed: Bed, way: Way) -> None:
    answer = create(of_page(open_bed, STRANGER, way))
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_the_console_varies_by_both_origin_and_encoding(open_bed: Bed) -> None:
    page = of_page(open_bed).get("/console")
    assert page.headers["vary"] == "Accept-Encoding, Origin"
    known = of_page(open_bed).get("/console", headers={"if-none-match": page.headers["etag"]})
    assert (known.status_code, known.headers["vary"]) == (304, "Accept-Encoding, Origin")


@pytest.mark.parametrize("way", WAYS)
def test_pages_read_errors_as_well(open_bed: Bed, way: Way) -> None:
    refused = of_page(open_bed, way=way).get("/files/file-x/content")
    assert refused.status_code == 404
    assert refused.headers["access-control-allow-origin"] == PAGE
    http = of_page(open_bed, way=way)
    http.headers["authorization"] = "Bearer sk-larder-wrong"
    wrong_key = http.get("/files/file-x/content")
    assert wrong_key.status_code == 401
    assert wrong_key.headers["access-control-allow-origin"] in (PAGE, "*")
    assert "x-request-id" in wrong_key.headers["access-control-expose-headers"]


def preflight(bed: Bed, path: str, origin: str, method: str, headers: str) -> httpx2.Response:
    """What a browser asks before it sends what a page wants to."""
    http = of_page(bed, origin)
    del http.headers["authorization"]
    asked = {"access-control-request-method": method, "access-control-request-headers": headers}
    return http.options(path, headers=asked)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/files"),
        ("DELETE", "/files/file-x"),
        ("GET", "/files/file-x/content"),
        ("POST", "/uploads/upload-x/complete"),
        ("GET", "/usage"),
    ],
)
def test_a_preflight_allows_every_method_and_whatever_headers_the_sdk_sends(
    open_bed: Bed, method: str, path: str
) -> None:
    wanted = "authorization,content-type,idempotency-key,larder-owner,x-stainless-lang"
    answer = preflight(open_bed, path, PAGE, method, wanted)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    assert answer.headers["access-control-allow-headers"] == wanted
    assert answer.headers["access-control-max-age"] == "7200"


def test_a_preflight_of_another_page_allows_nothing(open_bed: Bed) -> None:
    answer = preflight(open_bed, "/files", STRANGER, "GET", "authorization")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("name", ["<script>", "x" * 5000])
def test_a_preflight_gives_no_name_back_that_is_none(open_bed: Bed, name: str) -> None:
    answer = preflight(open_bed, "/files", PAGE, "GET", name)
    assert answer.status_code == 204
    assert "access-control-allow-headers" not in answer.headers


@pytest.mark.parametrize("way", WAYS)
def test_a_stage_that_names_no_origin_says_nothing_of_them(bed: Bed, way: Way) -> None:
    answer = create(of_page(bed, way=way))
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "vary" not in answer.headers


def test_a_stage_that_names_no_origin_knows_no_preflight(bed: Bed) -> None:
    answer = preflight(bed, "/files", PAGE, "GET", "authorization")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_url"
