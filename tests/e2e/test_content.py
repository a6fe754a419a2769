"""Content by both ways in: bytes in and out as they are, for clients of every kind.

The base URL has the front door answer; the API behind it is asked by its own URL.
"""

import gzip
import json
import shutil
import zlib
from pathlib import Path

import httpx2
import openai
import pytest
import urllib3

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
@pytest.mark.parametrize(
    "content", [b"", EVERY_BYTE, EVERY_BYTE * (INLINE // 256)], ids=["0", "256", "4 MiB"]
)
def test_a_client_that_follows_no_redirect_reads_what_was_stored(
    user: User, client: openai.OpenAI, content: bytes, way: str
) -> None:
    file_id = stored(client, content)
    with plain(user, way) as http:
        answer = http.get(f"/files/{file_id}/content")
        part = http.get(f"/files/{file_id}/content", headers={"Range": "bytes=128-255"})
        head = http.head(f"/files/{file_id}/content")
    assert (answer.status_code, answer.content) == (200, content)
    assert (part.status_code, part.content) == (
        (206, EVERY_BYTE[128:]) if content else (416, part.content)
    )
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


def test_one_byte_more_is_still_answered_by_the_front_door(
    user: User, client: openai.OpenAI
) -> None:
    content = EVERY_BYTE * (INLINE // 256) + b"!"
    file_id = stored(client, content)
    with plain(user) as http:
        answer = http.get(f"/files/{file_id}/content")
        end = http.get(f"/files/{file_id}/content", headers={"Range": f"bytes={INLINE}-"})
        head = http.head(f"/files/{file_id}/content")
    assert (answer.status_code, answer.content) == (200, content)
    assert (end.status_code, end.content) == (206, b"!")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))


def test_a_url_is_read_without_a_key(user: User, client: openai.OpenAI) -> None:
    file_id = stored(client, EVERY_BYTE)
    told = user.request("GET", f"/files/{file_id}/url?expiry=60").json()
    assert urllib3.request("GET", told["url"]).data == EVERY_BYTE


def test_a_client_that_says_nothing_of_what_it_accepts_reads_bytes(
    user: User, client: openai.OpenAI
) -> None:
    file_id = stored(client, EVERY_BYTE)
    assert user.request("GET", f"/files/{file_id}/content").data == EVERY_BYTE


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_list_is_compressed_and_content_is_not(
    user: User, client: openai.OpenAI, encoding: str
) -> None:
    ids = [stored(client, bytes(2000)) for _ in range(6)]
    with (
        plain(user) as http,
        http.stream("GET", "/files", headers={"Accept-Encoding": encoding}) as raw,
    ):
        body = b"".join(raw.iter_raw())
    assert raw.headers["content-encoding"] == encoding
    assert len(body) == int(raw.headers["content-length"]) < 1000
    text = gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body)
    assert [file["id"] for file in json.loads(text)["data"]] == ids[::-1]
    kept = user.request("GET", f"/files/{ids[0]}/content", accept_encoding=encoding)
    assert (kept.headers["content-encoding"], kept.data) == ("identity", bytes(2000))
    plain_list = user.request("GET", "/files")
    assert "content-encoding" not in plain_list.headers


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_request_is_understood(user: User, encoding: str) -> None:
    document = b'{"filename":"a","purpose":"batch","bytes":1,"mime_type":"text/plain"}'
    sent = gzip.compress(document) if encoding == "gzip" else zlib.compress(document)
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    with plain(user) as http:
        answer = http.post("/uploads", content=sent, headers=headers)
    assert (answer.status_code, answer.json()["filename"]) == (200, "a")


@needs_curl
@pytest.mark.parametrize("size", [1000, INLINE + 1])
def test_curl_saves_content_under_its_name(
    user: User, client: openai.OpenAI, size: int, tmp_path: Path
) -> None:
    content = EVERY_BYTE * (size // 256) + EVERY_BYTE[: size % 256]
    name = "my batch (1); 100%.jsonl"
    upload = client.uploads.create(
        filename=name, purpose="batch", bytes=size, mime_type="application/jsonl"
    )
    parts = [
        client.uploads.parts.create(upload.id, data=content[at : at + INLINE]).id
        for at in range(0, size, INLINE)
    ]
    file = client.uploads.complete(upload.id, part_ids=parts).file
    assert file is not None
    key = f"Authorization: Bearer {user.key}"
    url = f"{user.deployment.base_url}/files/{file.id}/content"
    user.run("curl", "-sSfOJL", url, "-H", key, "--output-dir", tmp_path)
    user.run("curl", "-sSfL", url, "-H", key, "-r", "10-19", "-o", tmp_path / "range")
    user.run("curl", "-sSfL", "--compressed", url, "-H", key, "-o", tmp_path / "whole")
    assert (tmp_path / name).read_bytes() == content
    assert (tmp_path / "range").read_bytes() == content[10:20]
    assert (tmp_path / "whole").read_bytes() == content
