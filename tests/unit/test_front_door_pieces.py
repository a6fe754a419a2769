"""Content in parts: each is stored whole, and few of them are in memory."""

import asyncio
import base64
import hashlib
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from front_door.pieces import Pieces
from front_door.threads import Threads
from lambdas.core.crc64nvme import Crc64nvme
from lambdas.core.errors import Unavailable
from lambdas.core.upload import Part
from lambdas.core.upload_stores import Piece

PART = 100
AT_ONCE = 2
THREADS = Threads(AT_ONCE + 1)


class Store:
    """Where parts go: their bytes, and each memory that they came in."""

    def __init__(self) -> None:
        self.stored: dict[int, bytes] = {}
        self.memories: list[bytearray] = []
        self.begun = 0
        self.stops: dict[int, int] = {}
        self.at_work = 0
        self.most_at_work = 0
        self.lock = threading.Lock()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.asked = threading.Event()
        self.all_asked = threading.Event()
        self.fails_at: int | None = None
        self.held: dict[int, threading.Event] = {}
        self.failed = threading.Event()

    async def begin(self) -> str:
        self.begun += 1
        return "object"

    def store(self, begun: str, piece: Piece) -> Part:
        assert begun == "object"
        self.asked.set()
        with self.lock:
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
            if self.at_work == AT_ONCE:
                self.all_asked.set()
        self.may_go_on.wait()
        if piece.number in self.held:
            assert self.held[piece.number].wait(timeout=10)
        if piece.number == self.fails_at:
            with self.lock:
                self.at_work -= 1
            self.failed.set()
            raise Unavailable
        assert isinstance(piece.content, bytearray)
        if not any(memory is piece.content for memory in self.memories):
            self.memories.append(piece.content)
        assert piece.crc64nvme == Crc64nvme(bytes(piece.content)).in_base64()
        with self.lock:
            self.stored[piece.number] = bytes(piece.content)
            self.stops[piece.number] = piece.stop
            self.at_work -= 1
        if before := self.held.get(piece.number - 1):
            before.set()
        return Part(f"part_{piece.number}", len(piece.content), 0, number=piece.number)

    def pieces(self, *, digest: bool = False) -> Pieces[str]:
        return Pieces(PART, AT_ONCE, THREADS, self.begin, self.store, digest=digest)


async def fed(pieces: Pieces[str], chunks: Sequence[bytes]) -> str | None:
    for chunk in chunks:
        await pieces.take(chunk)
    return await pieces.end()


@given(st.lists(st.binary(max_size=350), max_size=8))
def test_content_is_stored_in_full_parts_but_for_the_last(chunks: list[bytes]) -> None:
    content, store = b"".join(chunks), Store()
    pieces = store.pieces(digest=True)
    begun = asyncio.run(fed(pieces, chunks))
    if len(content) <= PART:
        assert (begun, store.begun) == (None, 0)
        assert pieces.small() == content
        return
    assert begun == "object"
    assert store.begun == 1
    expected = [content[at : at + PART] for at in range(0, len(content), PART)]
    assert [part for _, part in sorted(store.stored.items())] == expected
    assert [part.number for part in pieces.parts] == list(range(1, len(store.stored) + 1))
    assert max(store.stops.values()) == sum(part.bytes for part in pieces.parts) == len(content)
    assert pieces.sha256 is not None
    assert pieces.sha256.digest() == hashlib.sha256(content).digest()


def test_no_more_parts_are_in_memory_than_are_stored_at_once_and_one_that_fills() -> None:
    store = Store()
    asyncio.run(fed(store.pieces(), [bytes(33)] * 100))
    assert len(store.stored) == 33
    assert len(store.memories) <= AT_ONCE + 1
    assert store.most_at_work <= AT_ONCE


def test_the_client_waits_while_as_many_parts_are_stored_and_another_is_full() -> None:
    async def fill() -> None:
        store.may_go_on.clear()
        pieces = store.pieces()
        taken = []

        async def take_all() -> None:
            for number in range(5):
                await pieces.take(bytes(PART))
                taken.append(number)

        taking = asyncio.create_task(take_all())
        await asyncio.to_thread(store.all_asked.wait)
        for _ in range(100):
            await asyncio.sleep(0)
        assert taken == [0, 1, 2]
        assert (store.most_at_work, store.stored) == (AT_ONCE, {})
        store.may_go_on.set()
        await taking
        await pieces.end()

    store = Store()
    asyncio.run(fill())
    assert len(store.stored) == 5


def test_a_little_content_takes_little_memory() -> None:
    async def take() -> int:
        pieces = Pieces(2**20, AT_ONCE, THREADS, Store().begin, Store().store, digest=False)
        await pieces.take(b"x" * 1_000)
        return len(pieces._filling)

    assert asyncio.run(take()) == 1_000


@pytest.mark.parametrize("fails_at", [1, 2, 5])
def test_a_part_that_is_not_stored_ends_it(fails_at: int) -> None:
    store = Store()
    store.fails_at = fails_at
    pieces = store.pieces()
    with pytest.raises(Unavailable):
        asyncio.run(fed(pieces, [bytes(PART)] * 5))
    assert fails_at not in store.stored
    assert max(store.stored, default=0) < fails_at + AT_ONCE


def test_parts_are_told_in_their_order_however_they_are_stored() -> None:
    async def end_backwards() -> list[int | None]:
        store.held[1] = threading.Event()  # set once the second is stored
        pieces = store.pieces(digest=True)
        await fed(pieces, [bytes(PART), b"x" * PART, b"y"])
        assert pieces.sha256 is not None
        expected = hashlib.sha256(bytes(PART) + b"x" * PART + b"y").digest()
        assert pieces.sha256.digest() == expected
        return [part.number for part in pieces.parts]

    store = Store()
    assert asyncio.run(end_backwards()) == [1, 2, 3]
    assert next(iter(store.stored)) == 2


def test_settling_waits_for_all_that_is_on_its_way_though_the_first_has_failed() -> None:
    async def settle() -> None:
        store.fails_at = 1
        store.held[2] = threading.Event()
        pieces = store.pieces()
        for _ in range(3):
            await pieces.take(bytes(PART))
        settling = asyncio.create_task(pieces.settle())
        await asyncio.to_thread(store.failed.wait)
        await asyncio.to_thread(bool)  # by now the loop knows of the failure, too
        for _ in range(100):
            await asyncio.sleep(0)
        assert not settling.done()
        store.held[2].set()
        await settling
        assert 2 in store.stored

    store = Store()
    asyncio.run(settle())


def test_settling_waits_for_what_is_on_its_way_however_it_ends() -> None:
    async def settle() -> bool:
        store.fails_at = 1
        store.may_go_on.clear()
        pieces = store.pieces()
        await pieces.take(bytes(PART))
        await pieces.take(b"x")
        settling = asyncio.create_task(pieces.settle())
        await asyncio.to_thread(store.asked.wait)
        await asyncio.sleep(0)
        waits = not settling.done()
        store.may_go_on.set()
        await settling
        return waits

    store = Store()
    assert asyncio.run(settle())


def test_a_digest_is_made_only_where_it_is_wanted() -> None:
    assert Store().pieces().sha256 is None


def test_a_checksum_is_s3_s_own() -> None:
    assert (
        Crc64nvme(b"123456789").in_base64()
        == base64.b64encode(bytes.fromhex("ae8b14860a799888")).decode()
    )
