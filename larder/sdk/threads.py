"""Runs a transfer, with its threads and blocking calls, from an event loop."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, Event, create_task_group, current_time, to_thread
from anyio.from_thread import BlockingPortal
from anyio.lowlevel import RunVar

T = TypeVar("T")

# How long a cancelled upload may take to end its call, and to give back what it reserved.
_SECONDS_TO_END = 10.0

# The same for a transfer that reserved nothing: long enough to notice that it is cancelled.
SECONDS_TO_STOP = 1.0

# As many as anyio's default, which is for the whole program, and which long transfers would use up.
_TRANSFERS_AT_ONCE = 40
_limiter: RunVar[CapacityLimiter] = RunVar("larder_transfers")


async def run_in_thread(
    work: Callable[[BlockingPortal, threading.Event], T], *, seconds_to_end: float | None = None
) -> T:
    """Returns or raises what `work` does in a thread, from which the portal calls the loop.

    When cancelled, it sets the event, at which `work` is to end. `work` may use the portal for some
    more seconds; then the portal is closed, and its calls fail.
    """
    stop, ended = threading.Event(), Event()
    shielded = CancelScope(shield=True)
    outcomes: list[T | BaseException] = []

    async def run() -> None:
        with shielded:
            async with BlockingPortal() as portal:
                call = partial(_outcome, work, portal, stop)
                one = CapacityLimiter(1)
                outcomes.append(await to_thread.run_sync(call, abandon_on_cancel=True, limiter=one))
        ended.set()

    async with _transfers(), create_task_group() as group:
        group.start_soon(run)
        try:
            await ended.wait()
        finally:
            stop.set()
            to_end = _SECONDS_TO_END if seconds_to_end is None else seconds_to_end
            shielded.deadline = current_time() + to_end
    # Raised outside of the task group, which would wrap it.
    (outcome,) = outcomes
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _outcome(
    work: Callable[[BlockingPortal, threading.Event], T],
    portal: BlockingPortal,
    stop: threading.Event,
) -> T | BaseException:
    try:
        return work(portal, stop)
    except BaseException as error:  # noqa: BLE001 - raised again in the loop
        return error


def _transfers() -> CapacityLimiter:
    """The running loop's own limiter."""
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(_TRANSFERS_AT_ONCE))
        return _limiter.get()
