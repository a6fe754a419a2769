"""Runs the transfer, which is threads and blocking calls, under an event loop."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import to_thread
from anyio.from_thread import BlockingPortal

T = TypeVar("T")


async def run_in_thread(work: Callable[[BlockingPortal], T]) -> T:
    """What `work` returns or raises; it runs in a thread, and calls the loop through the portal.

    When cancelled, the loop does not wait: the portal is closed, at which `work` fails.
    """
    async with BlockingPortal() as portal:
        outcome = await to_thread.run_sync(partial(_outcome, work, portal), abandon_on_cancel=True)
    # Raised out here, since a task group would wrap it.
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _outcome(work: Callable[[BlockingPortal], T], portal: BlockingPortal) -> T | BaseException:
    try:
        return work(portal)
    except BaseException as error:  # noqa: BLE001 - raised again in the loop
        return error
