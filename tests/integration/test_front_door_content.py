"""Content through the front door: whole or cut off, and never short; read no faster than wanted."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from front_door import content as front_door_content
from tests.bed.bed import Bed
from tests.bed.front_door import ClientVanished, CutOff
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import content_of
from tests.bed.wire import Call, Send

SIZE = 10_000
READ = 1_000
CONTENT = content_of(SIZE)


@pytest.fixture(autouse=True)
def reads_of_a_thousand_bytes() -> Iterator[None]:
    with patch.object(front_door_content, "READ_BYTES", READ):
        yield


@dataclass
class Reader:
    """Alice, who reads one file, and what the front door asked S3 for it meanwhile."""

    bed: Bed
    path: str
    ranges: list[str | None] = field(default_factory=list)

    def read(self, method: str = "GET", reads: int | None = None, **headers: str) -> HttpResponse:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        key = ("Authorization", f"Bearer {self.bed.api_key('alice')}")
        asked = HttpRequest(method, self.path, (key, *named))
        return self.bed.front_door.answer(asked, reads=reads)


@pytest.fixture
def reader(bed: Bed) -> Reader:
    file = bed.client_of("alice").files.create(file=("a.jsonl", CONTENT), purpose="batch")
    return Reader(bed, f"/v1/files/{file.id}/content")


def cut_after(reader: Reader, *sizes: int) -> Callable[[Call, Send], AWSResponse]:
    """Have S3 break off after so many bytes, once for each size; later answers are whole."""
    left = list(sizes)

    def interceptor(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == "GetObject":
            asked: Any = call.request.headers.get("Range")
            reader.ranges.append(asked.decode() if isinstance(asked, bytes) else asked)
            if left:
                answered.raw = MockRawResponse(answered.raw.read()[: left.pop(0)])
        return answered

    return interceptor


def test_what_s3_breaks_off_is_asked_for_from_there(bed: Bed, reader: Reader) -> None:
    bed.wire.interceptor = cut_after(reader, 2_500, 3_000)
    answer = reader.read()
    assert (answer.status, answer.body) == (200, CONTENT)
    assert len(reader.ranges) == 3
    starts = [
        int(asked.removeprefix("bytes=").split("-")[0]) for asked in reader.ranges[1:] if asked
    ]
    assert starts == sorted(starts)
    assert 0 < starts[0] <= 2_500


def test_a_range_that_s3_breaks_off_is_asked_for_from_there(bed: Bed, reader: Reader) -> None:
    bed.wire.interceptor = cut_after(reader, 1_500)
    answer = reader.read(Range="bytes=2000-6999")
    assert (answer.status, answer.body) == (206, CONTENT[2_000:7_000])
    assert reader.ranges[0] == "bytes=2000-6999"
    assert (reader.ranges[1] or "").endswith("-6999")


def test_content_that_does_not_come_is_cut_off_and_never_short(bed: Bed, reader: Reader) -> None:
    bed.wire.interceptor = cut_after(reader, 2_500, *[0] * 20)
    with pytest.raises(CutOff) as raised:
        reader.read()
    assert raised.value.status == 200
    assert CONTENT.startswith(raised.value.received)
    assert len(raised.value.received) < SIZE
    assert len(reader.ranges) <= 2 + front_door_content.TRIES


def test_content_that_is_gone_in_the_middle_is_cut_off(bed: Bed, reader: Reader) -> None:
    whole = cut_after(reader, 2_500)

    def gone_then(call: Call, send: Send) -> AWSResponse:
        if call.operation == "GetObject" and reader.ranges:
            bed.wire.interceptor = None
            bed.client_of("alice").files.delete(reader.path.split("/")[3])
            bed.run_stream()
        return whole(call, send)

    bed.wire.interceptor = gone_then
    with pytest.raises(CutOff):
        reader.read()


def test_a_client_that_goes_stops_the_reading(bed: Bed, reader: Reader) -> None:
    bodies: list[Any] = []

    def watching(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == "GetObject":
            bodies.append(answered.raw)
        return answered

    bed.wire.interceptor = watching
    with pytest.raises(ClientVanished):
        reader.read(reads=READ)
    (body,) = bodies
    assert body.closed or body.tell() <= 5 * READ


@pytest.mark.parametrize(
    ("headers", "status", "given"),
    [
        ({}, 200, CONTENT),
        ({"Range": "bytes=0-0"}, 206, CONTENT[:1]),
        ({"Range": "bytes=999-1000"}, 206, CONTENT[999:1_001]),
        ({"Range": "bytes=-1"}, 206, CONTENT[-1:]),
        ({"Range": "bytes=0-"}, 206, CONTENT),
        ({"Range": "bytes=1-5", "If_Range": '"other"'}, 200, CONTENT),
    ],
    ids=str,
)
def test_what_is_asked_for_comes(
    reader: Reader, headers: dict[str, Any], status: int, given: bytes
) -> None:
    answer = reader.read(**headers)
    assert (answer.status, answer.body) == (status, given)
    assert answer.headers["content-length"] == str(len(given))


def test_a_head_reads_nothing_from_s3(bed: Bed, reader: Reader) -> None:
    bed.wire.calls.clear()
    answer = reader.read("HEAD")
    assert (answer.status, answer.headers["content-length"]) == (200, str(SIZE))
    assert [call.operation for call in bed.wire.calls if call.service == "s3"] == []


def test_an_empty_file_is_an_answer_of_nothing(bed: Bed) -> None:
    file = bed.client_of("alice").files.create(file=("a", b""), purpose="batch")
    answer = Reader(bed, f"/v1/files/{file.id}/content").read()
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "0", b"")


def test_content_beyond_the_inline_limit_is_no_redirect(bed: Bed, reader: Reader) -> None:
    with bed.deployed_with(inline_bytes=1_000):
        assert bed.http_of("alice").get(reader.path.removeprefix("/v1")).status_code == 302
        answer = reader.read()
    assert (answer.status, answer.body) == (200, CONTENT)


def test_a_client_that_does_not_read_is_cut_off(bed: Bed, reader: Reader) -> None:
    """It takes the first bytes and no more, so that sending waits."""
    with bed.front_door.with_settings(window_seconds=0.05):
        application, _ = bed.front_door._started()
        aborted: list[bool] = []
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": reader.path,
            "raw_path": reader.path.encode(),
            "headers": [(b"authorization", f"Bearer {bed.api_key('alice')}".encode())],
            "state": {"abort": lambda: aborted.append(True)},
        }

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

        async def receive() -> Any:
            await asyncio.Event().wait()

        asyncio.run(application(scope, receive, send))
    assert aborted == [True]
