"""Every answer is of the type that the SDK declares for it, which `strict` clients hold it to.

The bed's synchronous clients are strict in all tests; here are the asynchronous one, each call of
it, and where OpenAI's types and the answers differ.
"""

from collections.abc import AsyncIterator

import openai
import pytest

from tests.bed.bed import BASE_URL, Bed


@pytest.fixture
async def strict(bed: Bed) -> AsyncIterator[openai.AsyncOpenAI]:
    """Alice's asynchronous SDK, which takes no answer that is not of its type."""
    async with openai.AsyncOpenAI(
        api_key=bed.api_key("alice"),
        base_url=BASE_URL,
        http_client=openai.DefaultAsyncHttpxClient(transport=bed.transport()),
        _strict_response_validation=True,
    ) as client:
        yield client


async def test_files_are_of_their_types(strict: openai.AsyncOpenAI) -> None:
    assert (await strict.files.list()).data == []
    created = [
        await strict.files.create(
            file=("a.jsonl", b"hello"),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": 7200},
        )
        for _ in range(3)
    ]
    assert await strict.files.retrieve(created[0].id) == created[0]
    assert [file async for file in strict.files.list(limit=2, order="asc")] == created
    assert (await strict.files.content(created[0].id)).content == b"hello"
    assert (await strict.files.delete(created[0].id)).deleted


async def test_uploads_are_of_their_types(strict: openai.AsyncOpenAI) -> None:
    uploads = [
        await strict.uploads.create(
            filename="a.jsonl", purpose="batch", bytes=6, mime_type="application/jsonl"
        )
        for _ in range(2)
    ]
    parts = [await strict.uploads.parts.create(uploads[0].id, data=b"abc") for _ in range(2)]
    completed = await strict.uploads.complete(uploads[0].id, part_ids=[part.id for part in parts])
    assert completed.file is not None
    assert (await strict.files.content(completed.file.id)).content == b"abcabc"
    assert (await strict.uploads.cancel(uploads[1].id)).status == "cancelled"


async def test_batch_output_is_no_purpose_of_the_sdk_s_types(
    bed: Bed, strict: openai.AsyncOpenAI
) -> None:
    service = bed.client_of("batch-system", acting_for="alice")
    file = service.files.create(
        file=("out.jsonl", b"{}"),
        purpose="batch-output",  # type: ignore[arg-type]
    )
    with pytest.raises(openai.APIResponseValidationError):
        await strict.files.retrieve(file.id)
