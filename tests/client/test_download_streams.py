"""`larder.download_file` to streams: what takes bytes in order, and may do so in odd ways."""

import gzip
import io
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.errors import DamagedError, UsageError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.sdk_downloads import (
    Download,
    download_in_a_loop,
    download_sync,
)

CONTENT = os.urandom(5 * 2**20 + 1)
GET = "GET /content/"


@pytest.fixture(params=[download_sync, download_in_a_loop], ids=["sync", "async"])
def download(request: pytest.FixtureRequest, larder: Larder) -> Download:
    """`larder.download_file` with a client of the SDK."""
    way: Download = request.param
    return way


@pytest.fixture
def file_id(larder: Larder) -> str:
    return str(larder.service.add_file(CONTENT)["id"])


def test_a_stream_gets_the_bytes_in_order_from_where_it_is(
    file_id: str, download: Download
) -> None:
    stream = io.BytesIO(b"before ")
    stream.seek(0, io.SEEK_END)
    done = download(file_id, stream)
    assert (done.path, done.verified, done.file.id) == (None, True, file_id)
    assert stream.getvalue() == b"before " + CONTENT


def test_a_pipe_gets_the_bytes(file_id: str, download: Download) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as out:
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(out.read()))
        reader.start()
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            assert download(file_id, pipe).verified
        reader.join()
    assert read == [CONTENT]


def test_a_gzip_file_and_a_member_of_a_zip_file_get_the_bytes(
    file_id: str, download: Download, tmp_path: Path
) -> None:
    with gzip.open(tmp_path / "a.gz", "wb", compresslevel=0) as packed:
        download(file_id, packed)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, archive.open("a", "w") as member:
        download(file_id, member)
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == CONTENT
    assert zipfile.ZipFile(tmp_path / "a.zip").read("a") == CONTENT


class Raw(io.RawIOBase):
    """A raw stream that takes at most so many bytes at a time, as a socket may; None is "later"."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int | None:
        if self.most is None:
            return None
        taken = bytes(chunk)[: self.most]
        self.taken += taken
        return len(taken)


def test_a_stream_that_takes_less_than_it_is_given_gets_all(
    file_id: str, download: Download
) -> None:
    raw = Raw(most=100_000)
    assert download(file_id, raw).verified
    assert raw.taken == CONTENT


@pytest.mark.parametrize("most", [0, None])
def test_a_stream_that_does_not_block_is_no_silent_loss(
    most: int | None, file_id: str, download: Download
) -> None:
    with pytest.raises(BlockingIOError, match="it must block"):
        download(file_id, Raw(most))


class Quiet:
    """A class of somebody's own, whose `write` tells nothing."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def write(self, chunk: bytes) -> None:
        self.taken += chunk


def test_anything_with_a_write_is_a_stream(file_id: str, download: Download) -> None:
    quiet = Quiet()
    assert download(file_id, quiet).verified
    assert quiet.taken == CONTENT


def test_what_the_stream_raises_comes_as_it_is(file_id: str, download: Download) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe, pytest.raises(BrokenPipeError):
        download(file_id, pipe)


def closed() -> io.BytesIO:
    stream = io.BytesIO()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [io.StringIO, lambda: io.TextIOWrapper(io.BytesIO()), closed])
def test_a_stream_that_takes_no_bytes_is_refused_before_anything_is_asked(
    make: Callable[[], Any], larder: Larder, file_id: str, download: Download
) -> None:
    with pytest.raises(UsageError, match="target must be open"):
        download(file_id, make())
    assert larder.service.requests == []


def test_a_stream_that_is_cut_goes_on_without_a_gap(
    larder: Larder, file_id: str, download: Download
) -> None:
    larder.fail_s3(Fault(GET, "cut", times=3, after_bytes=1_000_000))
    stream = io.BytesIO()
    assert download(file_id, stream).verified
    assert stream.getvalue() == CONTENT


def test_a_damaged_stream_is_an_error_at_its_end(
    larder: Larder, file_id: str, download: Download
) -> None:
    larder.service.wrong_checksum = True
    with pytest.raises(DamagedError):
        download(file_id, io.BytesIO())
