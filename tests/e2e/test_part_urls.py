"""Part URLs as a web page uses them: with no SDK, and only what a browser lets it do."""

from typing import Any

import openai
import pytest
import urllib3

from tests.e2e.batches import MIB
from tests.e2e.user import User

PAGE = "http://localhost:3000"  # one of the stage's origins
CONTENT = bytes(range(256)) * (9 * MIB // 256)


@pytest.fixture
def upload(client: openai.OpenAI) -> str:
    """A pending upload of two parts, by its id."""
    return client.uploads.create(
        filename="a.jsonl", purpose="batch", bytes=len(CONTENT), mime_type="application/jsonl"
    ).id


@pytest.fixture
def part_urls(client: openai.OpenAI, upload: str) -> list[dict[str, Any]]:
    """Where its parts go."""
    body = {"part_numbers": [1, 2]}
    answer: Any = client.post(f"/uploads/{upload}/part_urls", body=body, cast_to=object)
    urls: list[dict[str, Any]] = answer["data"]
    return urls


def ask(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> Any:
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        return http.request(method, url, headers=headers, body=body)


def test_parts_sent_to_their_urls_become_the_file(
    user: User, client: openai.OpenAI, upload: str, part_urls: list[dict[str, Any]]
) -> None:
    at = 0
    for part in part_urls:
        body = CONTENT[at : at + part["bytes"]]
        sent = ask(part["method"], part["url"], {**part["headers"], "Origin": PAGE}, body)
        assert sent.status == 200
        assert sent.headers["access-control-allow-origin"] == PAGE
        assert "etag" in sent.headers["access-control-expose-headers"].lower()
        at += part["bytes"]
    parts = user.request("GET", f"/uploads/{upload}/parts").json()["data"]
    assert [part["bytes"] for part in parts] == [8 * MIB, 1 * MIB]
    completed = client.uploads.complete(upload, part_ids=[part["id"] for part in parts])
    assert completed.file is not None
    assert client.files.content(completed.file.id).read() == CONTENT


def test_a_browser_lets_only_the_stages_own_pages_send_parts(
    part_urls: list[dict[str, Any]],
) -> None:
    for origin, status in ((PAGE, 200), ("http://evil.example", 403)):
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        assert ask("OPTIONS", part_urls[0]["url"], asked).status == status
