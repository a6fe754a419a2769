"""A file's life through LiteLLM's calls for files and their async twins; then a large file.

All in one process, for LiteLLM takes long to import: litellm_files.py PATH.
"""

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import litellm
import openai

FILE: dict[str, Any] = {
    "file": ("größe 1.jsonl", b'{"custom_id": "1"}\n'),
    "purpose": "batch",
    "expires_after": {"anchor": "created_at", "seconds": 7200},
}


async def call(name: str, *arguments: str, **more: Any) -> Any:
    """Call one of LiteLLM's functions; those whose name begins with an "a" are async."""
    where = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}
    answer = getattr(litellm, name)(*arguments, custom_llm_provider="openai", **where, **more)
    return await answer if name.startswith("a") else answer


async def life(twin: str) -> dict[str, Any]:
    created = await call(f"{twin}create_file", **FILE)
    retrieved = await call(f"{twin}file_retrieve", created.id)
    listed = await call(f"{twin}file_list", purpose="batch")
    content = await call(f"{twin}file_content", created.id)
    deleted = await call(f"{twin}file_delete", created.id)
    afterwards = "nothing"
    try:
        await call(f"{twin}file_retrieve", created.id)
    except openai.NotFoundError as error:
        afterwards = str(error)
    return {
        "created": created.model_dump(),
        "retrieved": retrieved.model_dump(),
        "listed": [file.id for file in listed.data],
        "content": content.content.decode(),
        "deleted": deleted.deleted,
        "afterwards": afterwards,
    }


async def large(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        created = await call("create_file", file=file, purpose="batch")
    content = (await call("file_content", created.id)).content
    return {"created": created.model_dump(), "sha256": hashlib.sha256(content).hexdigest()}


async def main() -> None:
    lives = [await life(""), await life("a")]
    print(json.dumps({"lives": lives, "large": await large(Path(sys.argv[1]))}))


litellm.suppress_debug_info = True
asyncio.run(main())
