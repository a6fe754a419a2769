"""The front door's smaller pieces: keys remembered, places taken, bodies decompressed."""

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from front_door.authorizing import MOST_KEPT, Authorizer
from front_door.decoding import MOST_AT_ONCE, decoded
from front_door.slots import Slots
from lambdas.core.errors import Busy, InvalidApiKey, UnsupportedEncoding
from lambdas.stores.api_keys import ApiKeys, KeyHolder
from tests.bed.clock import Clock

if TYPE_CHECKING:
    from front_door.body import Body


class Keys:
    """API keys of which every one that begins with `sk` is good; `asked` are the look-ups."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def holder(self, api_key: str, now: float) -> KeyHolder:
        self.asked.append(api_key)
        if not api_key.startswith("sk"):
            raise InvalidApiKey("Incorrect API key provided.")
        return KeyHolder(f"owner of {api_key}", frozenset())


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000)


@pytest.fixture
def authorizer(keys: Keys, clock: Clock) -> Authorizer:
    return Authorizer(cast("ApiKeys", keys), lambda: clock.now)


def test_a_key_is_looked_up_once_a_minute(keys: Keys, clock: Clock, authorizer: Authorizer) -> None:
    for seconds in (0, 30, 29):
        clock.move(seconds=seconds)
        assert authorizer.holder("Bearer sk-1").owner == "owner of sk-1"
    assert keys.asked == ["sk-1"]
    clock.move(seconds=1)
    authorizer.holder("Bearer sk-1")
    assert keys.asked == ["sk-1", "sk-1"]


def test_each_key_is_its_own(authorizer: Authorizer) -> None:
    owners = [authorizer.holder(f"Bearer sk-{number}").owner for number in (1, 2, 1)]
    assert owners == ["owner of sk-1", "owner of sk-2", "owner of sk-1"]


def test_what_is_no_key_is_not_remembered(keys: Keys, authorizer: Authorizer) -> None:
    for authorization in ("Bearer no", "Bearer no", "Basic sk-1", ""):
        with pytest.raises(InvalidApiKey):
            authorizer.holder(authorization)
    assert keys.asked == ["no", "no"]
    assert authorizer._kept == {}


def test_no_more_keys_are_remembered_than_there_is_memory_for(authorizer: Authorizer) -> None:
    for number in range(MOST_KEPT + 5):
        authorizer.holder(f"Bearer sk-{number}")
    assert 0 < len(authorizer._kept) <= MOST_KEPT


def test_so_many_places_and_no_more() -> None:
    slots = Slots(2)
    with slots.one(), slots.one(), pytest.raises(Busy), slots.one():
        pass
    with slots.one(), slots.one():
        pass


def test_a_place_is_free_again_after_a_failure() -> None:
    slots = Slots(1)
    for _ in range(3):
        with pytest.raises(KeyError), slots.one():
            raise KeyError
    with slots.one():
        pass


class Chunks:
    """A body that comes in these chunks."""

    def __init__(self, content: bytes, size: int) -> None:
        self.waiting = [content[at : at + size] for at in range(0, len(content), size)]

    async def read(self) -> bytes:
        return self.waiting.pop(0) if self.waiting else b""


def read_all(content: bytes, encoding: str | None, size: int = 1_000) -> list[bytes]:
    async def read() -> list[bytes]:
        body = decoded(cast("Body", Chunks(content, size)), encoding)
        pieces = []
        while piece := await body.read():
            pieces.append(piece)
        return pieces

    return asyncio.run(read())


COMPRESSED: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress}


@given(st.binary(max_size=5_000), st.sampled_from(list(COMPRESSED)), st.integers(1, 300))
def test_a_compressed_body_comes_as_what_it_was(content: bytes, encoding: str, size: int) -> None:
    assert b"".join(read_all(COMPRESSED[encoding](content), encoding, size)) == content


@pytest.mark.parametrize("encoding", COMPRESSED)
def test_a_little_that_stands_for_much_is_taken_bit_by_bit(encoding: str) -> None:
    pieces = read_all(COMPRESSED[encoding](bytes(2**24)), encoding, size=2**20)
    assert max(map(len, pieces)) == MOST_AT_ONCE
    assert sum(map(len, pieces)) == 2**24


@pytest.mark.parametrize("encoding", COMPRESSED)
@pytest.mark.parametrize("kept", [0, 1, 10, -1])
def test_a_compressed_body_that_is_cut_is_refused(encoding: str, kept: int) -> None:
    with pytest.raises(UnsupportedEncoding):
        read_all(COMPRESSED[encoding](bytes(1_000))[:kept], encoding)


@pytest.mark.parametrize("encoding", ["br", "zstd", "GZIP", "gzip, gzip", "x"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        read_all(b"x", encoding)


@pytest.mark.parametrize("encoding", [None, "identity"])
def test_a_body_that_is_not_compressed_is_left_alone(encoding: str | None) -> None:
    assert read_all(b"x" * 10, encoding, size=3) == [b"xxx", b"xxx", b"xxx", b"x"]
