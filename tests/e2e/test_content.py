"""Content by both ways in: bytes in and out as they are, for clients of every kind.

The base URL has the front door answer; the API behind it is asked by its own URL.
"""

import gzip
import shutil
from pathlib import Path

import httpx2
import openai
import pytest

from tests.e2e.batches import MIB
from tests.e2e.user import User

EVERY_BYTE = bytes(range(256))
INLINE = 4 * MIB
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")


def stored(client: openai.OpenAI, content: bytes, filename: str = "a.jsonl") -> str:
    return client.files.create(file=(filename, content), purpose="batch").id


def plain(user: User, way: str = "front door") -> httpx2.Client:
    """A client that follows no redirects, as httpx is by itself."""
    headers = {"Authorization": f"Bearer {user.key}"}
    deployment = user.deployment
    url = deployment.base_url if way == "front door" else deployment.front_door.api_url
    return httpx2.Client(base_url=url, headers=headers, timeout=30)


@pytest.mark.parametrize("way", ["front door", "API"])
def test_a_client_that_follows_no_redirect_reads_what_was_stored(
    user: User, client: openai.OpenAI, way: str
) -> None:
    content = EVERY_BYTE * (INLINE // 256)
    file_id = stored(client, content)
    with plain(user, way) as http:
        answer = http.get(f"/files/{file_id}/content")
        part = http.get(f"/files/{file_id}/content", headers={"Range": "bytes=128-255"})
        head = http.head(f"/files/{file_id}/content")
    assert (answer.status_code, answer.content) == (200, content)
    assert (part.status_code, part.content) == (206, EVERY_BYTE[128:])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["x-larder-bytes"] == str(len(content))
    assert head.headers["etag"] == answer.headers["etag"]


def test_one_byte_more_is_at_s3_and_every_client_of_the_api_is_told_where(
    user: User, client: openai.OpenAI
) -> None:
    content = EVERY_BYTE * (INLINE // 256) + b"!"
    file_id = stored(client, content)
    with plain(user, "API") as http:
        answer = http.get(f"/files/{file_id}/content")
        followed = http.get(f"/files/{file_id}/content", follow_redirects=True)
        halves = [
            http.get(f"/files/{file_id}/content", headers={"Range": asked}).content
            for asked in (f"bytes=0-{INLINE - 1}", f"bytes={INLINE}-")
        ]
        head = http.head(f"/files/{file_id}/content", follow_redirects=True)
    assert answer.status_code == 302
    assert "does not follow redirects" in answer.json()["error"]["message"]
    assert followed.content == b"".join(halves) == content
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))


def test_a_compressed_request_is_understood(user: User) -> None:
    document = b'{"filename":"a","purpose":"batch","bytes":1,"mime_type":"text/plain"}'
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    with plain(user) as http:
        answer = http.post("/uploads", content=gzip.compress(document), headers=headers)
    assert (answer.status_code, answer.json()["filename"]) == (200, "a")


@needs_curl
def test_curl_saves_content_under_its_name(
    user: User, client: openai.OpenAI, tmp_path: Path
) -> None:
    content = EVERY_BYTE * (INLINE // 256) + b"!"
    name = "my batch (1); 100%.jsonl"
    key = f"Authorization: Bearer {user.key}"
    url = f"{user.deployment.base_url}/files/{stored(client, content, name)}/content"
    user.run("curl", "-sSfOJL", url, "-H", key, "--output-dir", tmp_path)
    user.run("curl", "-sSfL", url, "-H", key, "-r", "10-19", "-o", tmp_path / "range")
    user.run("curl", "-sSfL", "--compressed", url, "-H", key, "-o", tmp_path / "whole")
    assert (tmp_path / name).read_bytes() == content
    assert (tmp_path / "range").read_bytes() == content[10:20]
    assert (tmp_path / "whole").read_bytes() == content
