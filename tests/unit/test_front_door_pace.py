"""A client that moves too little is cut off at the stated time, and no other is."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from front_door.body import Body, ClientGone, Message, Pace
from front_door.settings import Settings
from lambdas.core.errors import TooSlow
from tests.bed.virtual_time import run_in_virtual_time

SETTINGS = Settings(
    requests_at_once=1, window_seconds=60, window_bytes=1_000, request_seconds=3_600
)

Receive = Callable[[], Awaitable[Message]]


def sending(chunk: bytes, every: float) -> Receive:
    """A client that sends so many bytes every so many seconds, and never ends."""

    async def receive() -> Message:
        await asyncio.sleep(every)
        return {"type": "http.request", "body": chunk, "more_body": True}

    return receive


async def cut_off_after(receive: Receive, between: float = 0) -> float:
    """Read until the client is cut off, busy so long between two reads; returns when it was."""
    loop = asyncio.get_running_loop()
    body = Body(receive, Pace(SETTINGS), None, awaits_go=False)
    with suppress(TooSlow):
        while True:
            await body.read()
            await asyncio.sleep(between)
    return loop.time()


@pytest.mark.parametrize(
    ("size", "every", "seconds"),
    [
        pytest.param(1, 1, 60, id="a byte a second"),
        pytest.param(0, 1, 60, id="nothing, often"),
        pytest.param(10_000, 1_000_000, 60, id="nothing at all"),
        pytest.param(999, 59, 60, id="a byte too few"),
        pytest.param(1_000, 59, 3_600, id="just enough"),
        pytest.param(10**6, 0.5, 3_600, id="a lot, for ever"),
    ],
)
def test_a_client_is_cut_off_when_it_was_said(size: int, every: float, seconds: float) -> None:
    assert run_in_virtual_time(cut_off_after(sending(bytes(size), every))) == seconds


def test_what_a_client_waits_for_us_is_not_counted() -> None:
    """It sends 100 bytes a second, in 10 of its own seconds and in 1 000 of ours."""
    ended = run_in_virtual_time(cut_off_after(sending(bytes(100), 1), between=100))
    assert ended >= 3_600


def test_the_refusal_states_the_pace() -> None:
    async def refused() -> str:
        pace = Pace(SETTINGS)
        with pytest.raises(TooSlow) as raised:
            await pace.wait_for(asyncio.sleep(1_000))
        return raised.value.message

    message = run_in_virtual_time(refused())
    assert "1000 bytes" in message
    assert "60 seconds" in message
    assert "3600 seconds" in message


def test_what_the_client_sent_too_slowly_is_not_drained_for_ever() -> None:
    async def drained() -> float:
        body = Body(sending(b"x", 1), Pace(SETTINGS), None, awaits_go=False)
        await body.drain()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(drained()) == 60


def test_a_client_that_has_gone_is_known_to_have() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def read() -> bytes:
        return await Body(receive, Pace(SETTINGS), None, awaits_go=False).read()

    with pytest.raises(ClientGone):
        run_in_virtual_time(read())


def test_a_client_that_waits_to_be_told_is_sending_nothing() -> None:
    async def states() -> list[bool]:
        body = Body(sending(b"x", 1), Pace(SETTINGS), None, awaits_go=True)
        before = body.is_coming
        await body.read()
        return [before, body.is_coming, body.is_unread]

    assert run_in_virtual_time(states()) == [False, True, True]
