"""Larder's functions with the openai SDK of this Python; started by `test_older_sdks.py`.

Arguments: the folder of the packages that Larder itself needs, and one to write in. Prints JSON.
"""

import asyncio
import io
import json
import sys
from pathlib import Path

packages, folder = map(Path, sys.argv[1:])
sys.path.append(str(packages))  # behind this Python's own, whose openai it is to be
sys.path.insert(0, str(Path(__file__).parents[2]))

import openai  # noqa: E402

import larder  # noqa: E402

SMALL, LARGE = b"{}\n", bytes(range(256)) * 1000


def checked(file_id: str, content: bytes, target: Path, done: larder.Downloaded) -> None:
    assert (done.file.id, done.path, done.verified) == (file_id, target, True)
    assert target.read_bytes() == content


def sync_ways() -> None:
    with openai.OpenAI() as client:
        for content in (SMALL, LARGE):
            file = larder.upload_file(client, ("a.jsonl", content), purpose="batch")
            target = folder / f"sync-{len(content)}"
            checked(file.id, content, target, larder.download_file(client, file.id, target))
        stream = io.BytesIO()
        assert larder.download_file(client, file.id, stream).path is None
        assert stream.getvalue() == LARGE
        try:
            larder.download_file(client, "file-none", folder / "none")
        except openai.NotFoundError:
            return
        raise AssertionError("a file that is not there was downloaded")


async def async_ways() -> None:
    async with openai.AsyncOpenAI() as client:
        for content in (SMALL, LARGE):
            file = await larder.upload_file(client, ("a.jsonl", content), purpose="batch")
            target = folder / f"async-{len(content)}"
            checked(file.id, content, target, await larder.download_file(client, file.id, target))


def drop_in() -> None:
    large = bytes(5 * 2**20)
    with openai.OpenAI(http_client=larder.http_client()) as client:
        assert client.files.create(file=("a", large), purpose="batch").bytes == len(large)


async def async_drop_in() -> None:
    large = bytes(5 * 2**20)
    async with openai.AsyncOpenAI(http_client=larder.async_http_client()) as client:
        assert (await client.files.create(file=("a", large), purpose="batch")).bytes == len(large)


if __name__ == "__main__":
    sync_ways()
    asyncio.run(async_ways())
    drop_in()
    asyncio.run(async_drop_in())
    print(json.dumps({"openai": openai.__version__, "file": openai.__file__}))
