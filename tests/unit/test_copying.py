"""Staged parts are copied in order, with many reads at once, and none once one has failed."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody

from lambdas.core.errors import LarderError, PartsChanged, Unavailable
from lambdas.core.upload import PENDING, Part, Upload
from lambdas.core.upload_stores import Digest
from lambdas.stores import aws
from lambdas.stores.content import Bucket
from lambdas.stores.copying import COPIES_AT_ONCE, READS_AT_ONCE, Copies

SECONDS = 10
"""How long a test waits for what should be there at once."""

Reading = Callable[[int], None]


@dataclass
class FakeS3:
    """Staged parts and what becomes of them; `reading` is told the number of each that is read."""

    contents: list[bytes]
    reading: Reading = lambda number: None
    lost: int = 0
    """How many bytes of each part it has no more."""
    copied: dict[int, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get_object(self, *, Bucket: str, Key: str, Range: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, Key.rpartition("/")[0]) == ("content", "parts/alice/upload_1")
        number = int(Key.rpartition("_")[2])
        self.reading(number)
        start, last = Range.removeprefix("bytes=").split("-")
        content = self.contents[number][int(start) : int(last) + 1 - self.lost]
        return {"Body": StreamingBody(BytesIO(content), len(content))}

    def upload_part(self, *, PartNumber: int, Body: bytes, **_session: str) -> dict[str, str]:  # noqa: N803
        with self.lock:
            self.copied[PartNumber] = Body
        return {"ETag": f"etag {PartNumber}"}

    def copy(self, piece: int, digest: Digest | None = None) -> list[Part]:
        """Copy all parts into pieces of this size."""
        session = Upload(
            owner="alice",
            id="upload_1",
            status=PENDING,
            bytes=sum(map(len, self.contents)),
            filename="a",
            purpose="batch",
            mime_type="text/plain",
            seconds=3600,
            part_size=piece,
            expires_at=0,
            lasts_until=0,
            object_key="expires-in-1d/alice/upload_1",
            multipart_id="multipart",
            reserved=0,
        )
        parts = [Part(f"part_{n}", len(each), 0) for n, each in enumerate(self.contents)]
        return Copies(Bucket("content", cast("Any", self)), session).make(parts, digest)


def bytes_one_by_one(count: int) -> list[bytes]:
    return [bytes([number % 256]) for number in range(count)]


def test_pieces_and_digest_have_every_byte_in_order() -> None:
    s3 = FakeS3([b"abc", b"d", b"", b"efghijk", b"l"])
    digest = hashlib.md5()
    parts = s3.copy(5, digest)
    assert s3.copied == {1: b"abcde", 2: b"fghij", 3: b"kl"}
    assert digest.hexdigest() == hashlib.md5(b"abcdefghijkl").hexdigest()
    assert [(part.number, part.bytes, part.etag) for part in parts] == [
        (1, 5, "etag 1"),
        (2, 5, "etag 2"),
        (3, 2, "etag 3"),
    ]


def test_bytes_stay_in_order_when_the_first_read_ends_last() -> None:
    others = threading.Semaphore(0)

    def reading(number: int) -> None:
        if number > 0:
            others.release()
        else:
            assert all(others.acquire(timeout=SECONDS) for _ in range(5))

    s3 = FakeS3([b"a", b"b", b"c", b"d", b"e", b"f"], reading)
    s3.copy(6)
    assert s3.copied == {1: b"abcdef"}


@dataclass
class Gathering:
    """Reads that wait for one another until as many as are allowed are there."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(READS_AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0
    most: int = 0

    def __call__(self, _number: int) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.barrier.wait(SECONDS)
        with self.lock:
            self.now -= 1


def test_as_many_parts_of_one_piece_are_read_at_once_as_are_allowed() -> None:
    s3 = FakeS3(bytes_one_by_one(3 * READS_AT_ONCE), Gathering())
    s3.copy(3 * READS_AT_ONCE)
    assert s3.copied == {1: b"".join(s3.contents)}


def test_no_more_parts_are_read_at_once_whatever_pieces_they_are_of() -> None:
    gathering = Gathering()
    FakeS3(bytes_one_by_one(8 * READS_AT_ONCE), gathering).copy(2 * READS_AT_ONCE)
    assert gathering.most == READS_AT_ONCE


class Counted:
    """A digest that knows how many bytes it had."""

    def __init__(self) -> None:
        self.bytes = 0

    def update(self, data: bytes) -> None:
        self.bytes += len(data)

    def hexdigest(self) -> str:
        return ""


def test_no_more_pieces_are_in_memory_than_are_copied_at_once() -> None:
    digest = Counted()
    ahead: list[int] = []
    s3 = FakeS3(
        bytes_one_by_one(5 * COPIES_AT_ONCE),
        lambda number: ahead.append(number + 1 - digest.bytes),
    )
    s3.copy(1, digest)
    assert max(ahead) <= COPIES_AT_ONCE


def refused(code: str) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, "GetObject")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refused("NoSuchKey"), PartsChanged),
        (refused("AccessDenied"), PartsChanged),
        (refused("SlowDown"), LarderError),
        (ReadTimeoutError(endpoint_url="https://s3"), Unavailable),
    ],
    ids=str,
)
def test_a_read_that_fails_among_many_is_told(fault: Exception, error: type[LarderError]) -> None:
    def reading(number: int) -> None:
        if number == 40:
            raise fault

    s3 = FakeS3(bytes_one_by_one(100), reading)
    with pytest.raises(error):
        s3.copy(30)


def test_a_part_that_ends_early_is_not_filled_up() -> None:
    with pytest.raises(PartsChanged):
        FakeS3([b"abc", b"def"], lost=1).copy(6)


def test_after_a_fault_no_thread_is_left() -> None:
    def reading(_: int) -> None:
        raise refused("NoSuchKey")

    threads = threading.active_count()
    with pytest.raises(PartsChanged):
        FakeS3(bytes_one_by_one(100), reading).copy(30)
    assert threading.active_count() == threads


def test_each_call_that_is_made_at_once_has_a_connection() -> None:
    config: Any = aws.s3().meta.config
    assert config.max_pool_connections >= READS_AT_ONCE + COPIES_AT_ONCE
