"""Async uploads that are cancelled midway, in each of the ways that there are."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
import openai
import pytest

import larder as larder_package
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault, no_worker_runs, wait_for
from tests.client.fakes.service import API_KEY

SIZE = 5 * 2**20
Upload = Callable[[], Awaitable[Any]]


async def with_drop_in(base_url: str) -> None:
    async with openai.AsyncOpenAI(
        base_url=base_url, api_key=API_KEY, http_client=larder_package.async_http_client()
    ) as client:
        await client.files.create(file=("a.jsonl", bytes(SIZE)), purpose="batch")


async def with_upload_file(base_url: str) -> None:
    async with openai.AsyncOpenAI(base_url=base_url, api_key=API_KEY) as client:
        await larder_package.upload_file(client, io.BytesIO(bytes(SIZE)), purpose="batch")


@pytest.fixture(params=[with_drop_in, with_upload_file])
def upload(request: pytest.FixtureRequest, larder: Larder) -> Upload:
    return lambda: request.param(larder.base_url)


async def cancelled_as_a_task(upload: Upload, midway: Awaitable[None]) -> None:
    task = asyncio.ensure_future(upload())
    await midway
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def cancelled_by_a_timeout(upload: Upload, midway: Awaitable[None]) -> None:
    async def until_expired() -> None:
        async with asyncio.timeout(None) as timeout:
            expiring = asyncio.create_task(expire(timeout.reschedule))
            await upload()
        await expiring

    async def expire(reschedule: Callable[[float], None]) -> None:
        await midway
        reschedule(0)

    with pytest.raises(TimeoutError):
        await until_expired()


async def cancelled_by_a_scope(upload: Upload, midway: Awaitable[None]) -> None:
    async def cancel() -> None:
        await midway
        scope.cancel()

    with anyio.CancelScope() as scope:
        cancelling = asyncio.create_task(cancel())
        await upload()
    await cancelling
    assert scope.cancelled_caught


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_for, condition)


def statuses(larder: Larder) -> list[str]:
    return [upload["status"] for upload in larder.service.uploads.values()]


ways = pytest.mark.parametrize(
    "cancel", [cancelled_as_a_task, cancelled_by_a_timeout, cancelled_by_a_scope]
)


@ways
async def test_a_cancelled_upload_leaves_no_reservation_and_sends_no_more(
    cancel: Callable[..., Awaitable[None]], upload: Upload, larder: Larder
) -> None:
    larder.storage.hold_after(10)
    # Every worker has sent what it will have sent, so that whatever comes after is too late.
    await cancel(upload, until(lambda: larder.storage.waiting == 4))
    assert statuses(larder) == ["cancelled"]
    larder.storage.release()
    await until(no_worker_runs)
    assert len(larder.storage.received) == 10
    assert larder.service.requests[-1].path.endswith("/cancel")


@ways
async def test_a_session_that_is_being_opened_when_cancelled_is_cancelled_too(
    cancel: Callable[..., Awaitable[None]], larder: Larder
) -> None:
    opening = larder.fail_api(Fault("POST /v1/uploads", "hold"))

    async def until_opening() -> None:
        await until(lambda: opening.times == 0)
        asyncio.get_running_loop().call_soon(opening.released.set)

    await cancel(lambda: with_drop_in(larder.base_url), until_opening())
    assert statuses(larder) == ["cancelled"]
    assert larder.storage.received == []


async def test_a_service_that_does_not_answer_holds_a_cancelled_upload_up_for_seconds_only(
    upload: Upload, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.sdk.threads._SECONDS_TO_END", 0.2)
    held = larder.fail_api(Fault("part_urls", "hold"))
    async with asyncio.timeout(20):
        await cancelled_as_a_task(upload, until(lambda: held.times == 0))
    assert not held.released.is_set()


async def test_an_upload_leaves_anyios_own_threads_to_the_program(
    upload: Upload, larder: Larder
) -> None:
    larder.storage.hold_after(10)
    task = asyncio.ensure_future(upload())
    await until(lambda: len(larder.storage.received) == 10)
    assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
    larder.storage.release()
    await task
