"""One large file through a library, as it sends files by itself: large_files.py WAY PATH."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import aiohttp
import requests
from requests_toolbelt import MultipartEncoder

FILES = f"{os.environ['OPENAI_BASE_URL']}/files"
HEADERS = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
CHUNK = 2**20

Seen = tuple[dict[str, Any], str]


def content_url(created: dict[str, Any]) -> str:
    return f"{FILES}/{created['id']}/content"


def sha256_of(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def with_requests(path: Path) -> Seen:
    """It has the whole form in memory, its fields first."""
    with path.open("rb") as file:
        answer = requests.post(
            FILES, headers=HEADERS, data={"purpose": "batch"}, files={"file": file}, timeout=120
        )
    return answer.json(), read_with_requests(answer.json())


def with_requests_toolbelt(path: Path) -> Seen:
    """It streams the form, the file first here."""
    with path.open("rb") as file:
        form = MultipartEncoder({"file": (path.name, file), "purpose": "batch"})
        headers = {**HEADERS, "Content-Type": form.content_type}
        created = requests.post(FILES, headers=headers, data=form, timeout=120).json()
    return created, read_with_requests(created)


def read_with_requests(created: dict[str, Any]) -> str:
    with requests.get(content_url(created), headers=HEADERS, stream=True, timeout=120) as answer:
        return sha256_of(answer.iter_content(CHUNK))


def with_aiohttp(path: Path) -> Seen:
    with path.open("rb") as file:
        return asyncio.run(send_with_aiohttp(file, path.name))


def with_aiohttp_in_chunks(path: Path) -> Seen:
    """Content of unknown length, for which the whole form goes out in chunks."""
    return asyncio.run(send_with_aiohttp(in_chunks(path), path.name))


async def in_chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


async def send_with_aiohttp(content: Any, filename: str) -> Seen:
    form = aiohttp.FormData({"purpose": "batch"}, quote_fields=False)
    form.add_field("file", content, filename=filename)
    async with aiohttp.ClientSession(headers=HEADERS) as http:
        async with http.post(FILES, data=form) as answer:
            created = await answer.json()
        digest = hashlib.sha256()
        async with http.get(content_url(created)) as answer:
            async for chunk in answer.content.iter_chunked(CHUNK):
                digest.update(chunk)
    return created, digest.hexdigest()


created, sha256 = globals()[f"with_{sys.argv[1]}"](Path(sys.argv[2]))
print(json.dumps({"created": created, "sha256": sha256}))
