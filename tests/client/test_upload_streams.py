"""`larder.upload_file` from what cannot seek, or not quickly, and what else has bytes."""

import asyncio
import bz2
import codecs
import gzip
import http.client
import io
import lzma
import mmap
import os
import subprocess
import sys
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import openai
import pytest
import urllib3
from openai.types import FileObject

import larder as larder_package
from larder.errors import DamagedError, NoAnswerError, UnreadableFileError, UsageError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.path_like import At
from tests.client.fakes.server import FakeServer, Response, serving

Upload = Callable[..., FileObject]
SMALL, LARGE = 1000, 300_001  # in one call of the fake, and in five parts
CONTENT = os.urandom(LARGE)
Open = Callable[[Path, bytes], IO[bytes]]


def upload_sync(file: Any, **options: Any) -> FileObject:
    with openai.OpenAI() as client:
        return larder_package.upload_file(client, file, purpose="batch", **options)


def upload_in_a_loop(file: Any, **options: Any) -> FileObject:
    async def upload() -> FileObject:
        async with openai.AsyncOpenAI() as client:
            return await larder_package.upload_file(client, file, purpose="batch", **options)

    return asyncio.run(upload())


@pytest.fixture(params=[upload_sync, upload_in_a_loop], ids=["sync", "async"])
def upload(
    request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> Upload:
    """`larder.upload_file` with a client of the SDK."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    way: Upload = request.param
    return way


def zipped(path: Path, content: bytes) -> IO[bytes]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("folder/a.jsonl", content)
    return zipfile.ZipFile(path).open("folder/a.jsonl")


def tarred(path: Path, content: bytes) -> IO[bytes]:
    member = tarfile.TarInfo("folder/a.jsonl")
    member.size = len(content)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.addfile(member, io.BytesIO(content))
    opened = tarfile.open(path).extractfile(member.name)  # noqa: SIM115
    assert opened is not None
    return opened


def mapped(path: Path, content: bytes) -> IO[bytes]:
    path.write_bytes(content)
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[return-value]


def packed_by(opens: Any) -> Open:
    def make(path: Path, content: bytes) -> IO[bytes]:
        with opens(path, "wb") as file:
            file.write(content)
        opened: IO[bytes] = opens(path, "rb")
        return opened

    return make


def process(path: Path, content: bytes) -> IO[bytes]:
    path.write_bytes(content)
    line = [sys.executable, "-c", "import shutil,sys; shutil.copyfileobj(open(sys.argv[1],'rb'),"]
    line[-1] += "sys.stdout.buffer)"
    started = subprocess.Popen([*line, path], stdout=subprocess.PIPE)
    assert started.stdout is not None
    STARTED.append(started)
    return started.stdout


STARTED: list["subprocess.Popen[bytes]"] = []
STREAMS: dict[str, tuple[Open, str | None]] = {
    "zip": (zipped, "a.jsonl"),
    "tar.gz": (tarred, None),
    "gzip": (packed_by(gzip.open), "packed"),
    "bz2": (packed_by(bz2.open), None),
    "lzma": (packed_by(lzma.open), None),
    "mmap": (mapped, "upload"),
    "pipe": (process, "upload"),
}


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of the archive around a member
def test_a_stream_is_uploaded_whole(
    kind: str, size: int, larder: Larder, upload: Upload, tmp_path: Path
) -> None:
    make, name = STREAMS[kind]
    with make(tmp_path / "packed", CONTENT[:size]) as stream:
        file = upload(stream)
    assert larder.service.content(file.id) == CONTENT[:size]
    assert name in {None, file.filename}  # None: it has another with other Pythons
    for started in STARTED:
        assert started.wait(20) == 0
    STARTED.clear()


def test_what_is_packed_goes_from_its_start(larder: Larder, upload: Upload, tmp_path: Path) -> None:
    with packed_by(gzip.open)(tmp_path / "packed", CONTENT[:SMALL]) as stream:
        stream.read(100)
        file = upload(stream)
    assert larder.service.content(file.id) == CONTENT[:SMALL]


def test_a_tuple_names_a_stream(larder: Larder, upload: Upload) -> None:
    file = upload(("named.jsonl", OnlyReadable(CONTENT), "application/jsonl"))
    assert (file.filename, larder.service.content(file.id)) == ("named.jsonl", CONTENT)


def served(content: bytes, **headers: str) -> Any:
    return serving("127.0.0.1", lambda _: Response(200, content, headers))


def by_urllib(server: FakeServer) -> Any:
    return urllib.request.urlopen(server.url)


def by_urllib3(server: FakeServer) -> Any:
    return urllib3.request("GET", server.url, preload_content=False)


@pytest.mark.parametrize("get", [by_urllib, by_urllib3])
def test_the_answer_of_another_server_is_uploaded_as_it_comes(
    get: Callable[[FakeServer], Any], larder: Larder, upload: Upload
) -> None:
    with served(CONTENT) as server, get(server) as response:
        file = upload(("a.jsonl", response))
    assert larder.service.content(file.id) == CONTENT


@pytest.mark.parametrize("get", [by_urllib, by_urllib3])
def test_the_answer_of_another_server_that_is_cut_is_no_file(
    get: Callable[[FakeServer], Any], larder: Larder, upload: Upload
) -> None:
    with served(CONTENT) as server:
        server.faults.add(Fault("GET", "cut", after_bytes=2**17))
        with get(server) as response, pytest.raises(UnreadableFileError, match="cannot read"):
            upload(response)
    assert larder.service.requests == []


@pytest.mark.parametrize("kind", [bytearray, memoryview])
@pytest.mark.parametrize("size", [0, SMALL, LARGE])
def test_bytes_of_other_kinds(kind: Any, size: int, larder: Larder, upload: Upload) -> None:
    file = upload(("a", kind(CONTENT[:size])))
    assert larder.service.content(file.id) == CONTENT[:size]


class OnlyReadable:
    """A class of somebody's own with a `read`, which gives what it likes."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 70_000))


class Sizeless:
    def read(self) -> bytes:
        return b"all"


class InALoop:
    async def read(self, size: int = -1) -> bytes:
        return b""


class Later(io.RawIOBase):
    """A raw stream that does not block."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> None:
        return None


class Breaking:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise self._error


class Seekable(Breaking):
    def seek(self, offset: int, whence: int = 0) -> int:
        return 7


def test_a_path_may_be_bytes_to_the_system(larder: Larder, upload: Upload, tmp_path: Path) -> None:
    (tmp_path / "ä.jsonl").write_bytes(b"x")
    file = upload(At(os.fsencode(tmp_path / "ä.jsonl")))
    assert (file.filename, larder.service.content(file.id)) == ("ä.jsonl", b"x")


def closed_pipe() -> Any:
    reading, writing = os.pipe()
    os.close(writing)
    stream = os.fdopen(reading, "rb")
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Sizeless, "cannot upload Sizeless: give a path"),
        (InALoop, "cannot upload InALoop, whose `read` is asynchronous: give a path"),
        (lambda: codecs.getreader("utf-8")(io.BytesIO(b"x")), "open it in binary mode"),
        (lambda: io.TextIOWrapper(io.BytesIO(b"x")), "a file opened in text mode: give a path"),
        (lambda: memoryview(b"abcd")[::2], "cannot upload a memoryview with gaps"),
        (lambda: At(7), "cannot upload At: give a path"),
        (lambda: Seekable(KeyError("odd")), "cannot read the file: 'odd'"),
        (lambda: Breaking(ValueError("odd")), "cannot read the file: odd"),
        (Later, "cannot read the file: Resource temporarily unavailable: it must block"),
        (closed_pipe, "cannot read the file: .*closed file"),
        (lambda: Breaking(EOFError("cut short")), "cannot read the file: cut short"),
        (lambda: Breaking(http.client.HTTPException("odd")), "cannot read the file: odd"),
    ],
)
def test_what_gives_no_bytes_is_said_to_give_none(
    make: Callable[[], Any], message: str, larder: Larder, upload: Upload
) -> None:
    with pytest.raises(UsageError, match=message):
        upload(make())
    assert larder.service.requests == []


def test_a_packed_file_that_is_damaged_is_no_file(
    larder: Larder, upload: Upload, tmp_path: Path
) -> None:
    packed = bytearray(gzip.compress(CONTENT[:SMALL]))
    packed[-6] ^= 1
    with gzip.open(io.BytesIO(packed)) as stream, pytest.raises(UnreadableFileError, match="CRC"):
        upload(stream)
    assert larder.service.requests == []


def test_a_stream_that_breaks_off_leaves_no_reservation(larder: Larder, upload: Upload) -> None:
    larder.fail_s3(Fault("PUT", "reset", skip=2, times=1000))
    with pytest.raises(NoAnswerError):
        upload(OnlyReadable(CONTENT))
    assert [upload["status"] for upload in larder.service.uploads.values()] == ["cancelled"]


def test_an_upload_with_a_key_of_its_own_continues_from_a_stream(
    larder: Larder, upload: Upload
) -> None:
    larder.fail_s3(Fault("PUT", "reset", skip=2, times=1000))
    with pytest.raises(NoAnswerError):
        upload(OnlyReadable(CONTENT), idempotency_key="night 1", threads=1)
    larder.s3.faults.clear()
    larder.storage.received.clear()
    file = upload(OnlyReadable(CONTENT), idempotency_key="night 1", threads=1)
    assert larder.storage.received == [3, 4, 5]
    assert larder.service.content(file.id) == CONTENT


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_the_same_upload_with_the_same_key_makes_one_file(
    size: int, larder: Larder, upload: Upload
) -> None:
    first = upload(CONTENT[:size], idempotency_key="night 1")
    assert upload(CONTENT[:size], idempotency_key="night 1").id == first.id
    assert len(larder.service.files) == 1


def test_a_small_file_whose_answer_is_lost_is_made_once(larder: Larder, upload: Upload) -> None:
    lost = larder.fail_api(Fault("POST /v1/files", "lost"))
    upload(CONTENT[:SMALL])
    assert lost.times == 0
    assert len(larder.service.files) == 1


@pytest.mark.parametrize("key", ["", "ü", "a\n", "a" * 256, 7, b"a"])
def test_a_key_that_no_header_takes_is_refused(key: Any, larder: Larder, upload: Upload) -> None:
    with pytest.raises(UsageError, match="idempotency_key must be"):
        upload(CONTENT, idempotency_key=key)
    assert larder.service.requests == []


def test_a_mapped_file_that_is_closed_meanwhile_is_damaged(
    larder: Larder, upload: Upload, tmp_path: Path
) -> None:
    stream = mapped(tmp_path / "a", CONTENT)
    with pytest.raises(DamagedError):
        upload(stream, on_progress=lambda done, total: stream.close(), threads=1)


async def test_a_stream_that_stalls_does_not_hold_up_who_cancels(larder: Larder) -> None:
    reading, writing = os.pipe()
    reached = threading.Event()

    class Stalling(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reached.set()
            return super().read(size) or b""

    with Stalling(reading, "rb") as stream, os.fdopen(writing, "wb"):
        async with openai.AsyncOpenAI() as client:
            uploading = larder_package.upload_file(client, stream, purpose="batch")
            task = asyncio.ensure_future(uploading)
            await asyncio.to_thread(reached.wait, 20)
            task.cancel()
            async with asyncio.timeout(5):
                with pytest.raises(asyncio.CancelledError):
                    await task
    assert larder.service.requests == []
