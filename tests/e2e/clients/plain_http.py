"""Forms as HTTP libraries make them, and the content as each of them reads it by default."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import requests
from requests_toolbelt import MultipartEncoder

FILES = f"{os.environ['OPENAI_BASE_URL']}/files"
HEADERS = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
CONTENT = b'{"custom_id": "1"}\n'
FIELDS = {
    "purpose": "batch",
    "expires_after[anchor]": "created_at",
    "expires_after[seconds]": "7200",
}
FILE = ("größe 1.jsonl", CONTENT, "application/jsonl")

Seen = tuple[dict[str, Any], str]


def with_httpx() -> Seen:
    """It follows no redirect unless it is told to."""
    with httpx.Client(headers=HEADERS, timeout=30) as http:
        created = http.post(FILES, data=FIELDS, files={"file": FILE}).json()
        return created, http.get(f"{FILES}/{created['id']}/content").text


def with_requests() -> Seen:
    answer = requests.post(FILES, headers=HEADERS, data=FIELDS, files={"file": FILE}, timeout=30)
    created = answer.json()
    url = f"{FILES}/{created['id']}/content"
    return created, requests.get(url, headers=HEADERS, timeout=30).text


def with_requests_toolbelt() -> Seen:
    """It streams the form, the file first here."""
    form = MultipartEncoder({"file": FILE, **FIELDS})
    headers = {**HEADERS, "Content-Type": form.content_type}
    created = requests.post(FILES, headers=headers, data=form, timeout=30).json()
    url = f"{FILES}/{created['id']}/content"
    return created, requests.get(url, headers=HEADERS, stream=True, timeout=30).raw.read().decode()


async def with_aiohttp(form: aiohttp.FormData, content: Any, filename: str) -> Seen:
    for name, value in FIELDS.items():
        form.add_field(name, value)
    form.add_field("file", content, filename=filename, content_type="application/jsonl")
    async with aiohttp.ClientSession(headers=HEADERS) as http:
        async with http.post(FILES, data=form) as answer:
            created = await answer.json()
        async with http.get(f"{FILES}/{created['id']}/content") as answer:
            return created, await answer.text()


async def in_chunks() -> AsyncIterator[bytes]:
    """Content of unknown length, for which the whole form goes out in chunks."""
    for start in range(0, len(CONTENT), 7):
        yield CONTENT[start : start + 7]


async def main() -> None:
    usual = aiohttp.FormData()  # percent-encodes whatever is not ASCII in a filename
    raw = aiohttp.FormData(quote_fields=False)
    seen = {
        "httpx": with_httpx(),
        "requests": with_requests(),
        "requests-toolbelt": with_requests_toolbelt(),
        "aiohttp": await with_aiohttp(usual, CONTENT, "plain.jsonl"),
        "aiohttp, in chunks": await with_aiohttp(raw, in_chunks(), "größe 1.jsonl"),
    }
    print(json.dumps(seen))


asyncio.run(main())
