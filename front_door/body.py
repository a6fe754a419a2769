"""A request's body as it comes in, from a client that may be slow, or gone."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeVar

from front_door.settings import MIB, Settings
from lambdas.core.errors import TooSlow
from lambdas.core.limits import in_words

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

T = TypeVar("T")

MOST_DRAINED = 1024 * MIB


class ClientGone(Exception):
    """The client has closed the connection."""


class Pace:
    """Cuts off a client that moves too few bytes: a byte a second would pass any idle timeout.

    Time in which the client waits for the server is not counted. One timer serves a whole request:
    one for each of its thousands of reads would slow them down by a tenth.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + settings.request_seconds
        self._task = asyncio.current_task()
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._start_window()

    async def wait_for(self, client: Awaitable[T]) -> T:
        """Wait for the client; raises TooSlow."""
        started = self._since = self._loop.time()
        self._task = asyncio.current_task()
        if self._timer is None:
            self._look_again(self._remaining(started))
        try:
            return await client
        except asyncio.CancelledError:
            if self._task is None or self._remaining(self._loop.time()) > 0:
                raise
            self._task.uncancel()
            raise self._too_slow() from None
        finally:
            self._since = None
            self._left -= self._loop.time() - started

    def stop(self) -> None:
        """Stop the timer, at the end of a request."""
        if self._timer is not None:
            self._timer.cancel()

    def _remaining(self, now: float) -> float:
        """Return how long the client that is waited for still has."""
        waited = 0 if self._since is None else now - self._since
        return min(self._left - waited, self._ends - now)

    def _look_again(self, seconds: float) -> None:
        self._timer = self._loop.call_later(max(0, seconds), self._look)

    def _look(self) -> None:
        """Cut off a client whose time is over, or set the timer again."""
        remaining = self._remaining(self._loop.time())
        if remaining > 0 or self._since is None:
            self._look_again(remaining if remaining > 0 else self._settings.window_seconds)
        elif self._task is not None:
            self._timer = None
            self._task.cancel()

    def moved(self, size: int) -> None:
        """Count bytes that the client has sent or taken."""
        self._moved += size
        if self._moved >= self._settings.window_bytes:
            self._start_window()

    def _start_window(self) -> None:
        self._moved, self._left = 0, self._settings.window_seconds

    def _too_slow(self) -> TooSlow:
        settings = self._settings
        return TooSlow(
            f"The request is too slow: at least {in_words(settings.window_bytes)} must come within "
            f"{settings.window_seconds:g} seconds, and all of it within "
            f"{settings.request_seconds:g} seconds."
        )


class Body:
    """The bytes of a request, read once.

    `size` is the request's Content-Length, None without one; `taken` is how much has come.
    """

    def __init__(self, receive: Receive, pace: Pace, size: int | None, *, awaits_go: bool) -> None:
        self.size = size
        self.taken = 0
        self._receive = receive
        self._pace = pace
        self._awaits_go = awaits_go
        self._more = True

    async def read(self) -> bytes:
        """Return the next bytes, which are none only at the end; raises ClientGone, TooSlow."""
        while self._more:
            message = await self._pace.wait_for(self._receive())
            if message["type"] == "http.disconnect":
                raise ClientGone
            self._more = message.get("more_body", False)
            if chunk := message.get("body", b""):
                self.taken += len(chunk)
                self._pace.moved(len(chunk))
                return bytes(chunk)
        return b""

    @property
    def is_unread(self) -> bool:
        """Whether there is more of it."""
        return self._more

    @property
    def is_coming(self) -> bool:
        """Whether the client is sending more of it, and not waiting for a 100 Continue."""
        return self._more and not (self._awaits_go and not self.taken)

    async def wait_for_end(self) -> None:
        """Return when the client has gone, however long that takes."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def drain(self) -> None:
        """Read and discard what is left, so that a client that only sends gets to its answer.

        If the connection were closed first, the client's system would discard the answer.
        https://www.rfc-editor.org/rfc/rfc9112#section-9.6
        """
        most = self.taken + MOST_DRAINED
        with suppress(ClientGone, TooSlow):
            while self.taken < most and await self.read():
                pass
