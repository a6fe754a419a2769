"""Cuts content into parts: a few are stored while the next comes in, in bounded memory."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from front_door.checksums import crc64nvme_of
from front_door.threads import Threads
from lambdas.core.upload import Part
from lambdas.core.upload_stores import Piece

T = TypeVar("T")


class Pieces(Generic[T]):
    """Takes content in, and stores it part by part once there is more than one part.

    Args:
        part_bytes: The size of a part.
        at_once: How many are stored at the same time.
        threads: Where parts are stored.
        begin: Called once, before the first part is stored; returns what the parts are for.
        store: Stores one of its parts.
        digest: Whether a SHA-256 of all the content is wanted.
    """

    def __init__(
        self,
        part_bytes: int,
        at_once: int,
        threads: Threads,
        begin: Callable[[], Awaitable[T]],
        store: Callable[[T, Piece], Part],
        *,
        digest: bool,
    ) -> None:
        self.begun: T | None = None
        self.parts: list[Part] = []
        self.sha256 = hashlib.sha256() if digest else None
        self._part_bytes = part_bytes
        self._at_once = at_once
        self._threads = threads
        self._begin = begin
        self._store = store
        self._spare: list[bytearray] = []
        self._filling = bytearray()
        self._filled = 0
        self._handed_on = 0
        self._storing: deque[asyncio.Task[Part]] = deque()

    async def take(self, content: Any) -> None:
        """Take bytes in; returns when there is room for more."""
        rest = memoryview(content)
        while rest:
            if self._filled == self._part_bytes:
                await self._hand_on()
            if self._filled == len(self._filling):
                self._make_room(len(rest))
            count = min(len(rest), len(self._filling) - self._filled)
            with memoryview(self._filling) as room:  # assigning to a bytearray would copy twice
                room[self._filled : self._filled + count] = rest[:count]
            self._filled += count
            rest = rest[count:]

    def _make_room(self, more: int) -> None:
        """Grow the buffer, at most to a part, so that small content takes little memory."""
        if not self._filling and self._spare:
            self._filling = self._spare.pop()
            return
        size = min(self._part_bytes, max(2 * len(self._filling), self._filled + more))
        self._filling += bytes(size - len(self._filling))

    async def _hand_on(self) -> None:
        """Begin to store the full part, once fewer than `at_once` are being stored."""
        if self.begun is None:
            self.begun = await self._begin()
        await self._stored(but=self._at_once - 1)
        content, self._filling, self._filled = self._filling, bytearray(), 0
        if self.sha256 is not None:  # here, since parts may be stored in any order
            await self._threads.run(self.sha256.update, content)
        self._handed_on += 1
        keeping = self._threads.run(self._keep, self.begun, self._handed_on, content)
        self._storing.append(asyncio.create_task(keeping))

    def _keep(self, begun: T, number: int, content: bytearray) -> Part:
        """Store a part, on a thread; its buffer is then used again."""
        stop = (number - 1) * self._part_bytes + len(content)
        part = self._store(begun, Piece(number, content, crc64nvme_of(content), stop))
        self._spare.append(content)
        return part

    async def _stored(self, but: int = 0) -> None:
        """Wait until at most `but` are being stored; raises what storing one raised."""
        while len(self._storing) > but:
            self.parts.append(await self._storing.popleft())

    async def end(self) -> T | None:
        """Store what is left, and return what `begin` returned; None when it was not called."""
        if self.begun is not None:
            if self._filled:
                del self._filling[self._filled :]
                await self._hand_on()
            await self._stored()
        return self.begun

    def small(self) -> bytes:
        """Return all the content, of which nothing was stored."""
        return bytes(memoryview(self._filling)[: self._filled])

    async def settle(self) -> None:
        """Wait until nothing is being stored any more, whether that succeeds or fails."""
        while self._storing:
            with suppress(Exception):
                await self._stored()
