"""`larder.download_file` through either client of the SDK, with the settings of the environment."""

import asyncio
from collections.abc import Callable
from typing import Any

import openai

import larder

Download = Callable[..., larder.Downloaded]


def download_sync(file_id: str, target: Any, **options: Any) -> larder.Downloaded:
    with openai.OpenAI(**options.pop("client", {})) as client:
        return larder.download_file(client, file_id, target, **options)


async def download_async(file_id: str, target: Any, **options: Any) -> larder.Downloaded:
    async with openai.AsyncOpenAI(**options.pop("client", {})) as client:
        return await larder.download_file(client, file_id, target, **options)


def download_in_a_loop(file_id: str, target: Any, **options: Any) -> larder.Downloaded:
    return asyncio.run(download_async(file_id, target, **options))
