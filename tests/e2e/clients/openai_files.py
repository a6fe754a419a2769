"""What an openai SDK of another version can do, held to its types, sync and async."""

import asyncio
import inspect
import json
from typing import Any

import openai

CONTENT = b'{"custom_id": "1"}\n'
FILE: dict[str, Any] = {
    "file": ("größe 1.jsonl", CONTENT),
    "purpose": "batch",
    "expires_after": {"anchor": "created_at", "seconds": 7200},
}
UPLOAD: dict[str, Any] = {
    "filename": "joined.jsonl",
    "purpose": "batch",
    "bytes": len(CONTENT),
    "mime_type": "application/jsonl",
}


async def answer_of(called: Any) -> Any:
    return await called if inspect.isawaitable(called) else called


async def life(client: Any) -> dict[str, Any]:
    empty = await answer_of(client.files.list())
    created = await answer_of(client.files.create(**FILE))
    retrieved = await answer_of(client.files.retrieve(created.id))
    listed = await answer_of(client.files.list(purpose="batch", limit=1))
    content = await answer_of(client.files.content(created.id))
    deleted = await answer_of(client.files.delete(created.id))
    try:
        afterwards = str(await answer_of(client.files.retrieve(created.id)))
    except openai.NotFoundError as error:
        afterwards = str(error)
    return {
        "empty": empty.data,
        "created": created.model_dump(),
        "retrieved": retrieved.model_dump(),
        "listed": [file.id for file in listed.data],
        "content": content.content.decode(),
        "deleted": deleted.deleted,
        "afterwards": afterwards,
        "joined": await joined_content(client),
    }


async def joined_content(client: Any) -> str:
    upload = await answer_of(client.uploads.create(**UPLOAD))
    end = await answer_of(client.uploads.parts.create(upload.id, data=CONTENT[5:]))
    start = await answer_of(client.uploads.parts.create(upload.id, data=CONTENT[:5]))
    completed = await answer_of(client.uploads.complete(upload.id, part_ids=[start.id, end.id]))
    content = await answer_of(client.files.content(completed.file.id))
    await answer_of(client.files.delete(completed.file.id))
    await answer_of(client.uploads.cancel((await answer_of(client.uploads.create(**UPLOAD))).id))
    text: str = content.content.decode()
    return text


async def main() -> None:
    with openai.OpenAI(_strict_response_validation=True) as client:
        lives = [await life(client)]
    async with openai.AsyncOpenAI(_strict_response_validation=True) as client:
        lives.append(await life(client))
    print(json.dumps(lives))


asyncio.run(main())
