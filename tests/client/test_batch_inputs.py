"""What `larder.validate_batch` takes, and what it says of what it cannot read."""

import gzip
import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import larder
from larder import BatchLimits
from larder.batch.check import check
from larder.errors import DamagedError, LarderError, UnreadableFileError, UsageError
from larder.transfer.sources import FileSource, HandleSource
from tests.client.fakes.path_like import At
from tests.client.test_batch_faults import A, B


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "batch.jsonl").write_bytes(A + b"\n" + B + b"\n")
    return tmp_path / "batch.jsonl"


@pytest.mark.parametrize("of", [Path, str, Path.read_bytes, lambda path: path.open("rb")])
def test_it_takes_a_path_bytes_or_a_file(path: Path, of: Callable[[Path], object]) -> None:
    file = of(path)
    assert larder.validate_batch(file).requests == 2  # type: ignore[arg-type]
    if hasattr(file, "close"):
        file.close()


def test_a_file_is_read_from_its_start_and_stands_where_it_stood(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(5)
        assert larder.validate_batch(file).requests == 2
        assert file.tell() == 5


def test_what_cannot_seek_is_read_too(path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, "b")
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(A + b"\n" + B)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        assert larder.validate_batch(pipe).requests == 2
    writer.join()
    with zipfile.ZipFile(path.with_suffix(".zip")) as archive, archive.open("b") as member:
        assert larder.validate_batch(member).requests == 2


def test_what_cannot_be_read_is_pythons_error_too(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cannot read"):
        larder.validate_batch(tmp_path / "none")
    with pytest.raises(IsADirectoryError, match="cannot read"):
        larder.validate_batch(tmp_path)


@pytest.mark.parametrize("file", [None, 17, ["a"], io.StringIO("x")])
def test_what_is_no_file_is_refused(file: object) -> None:
    with pytest.raises(UsageError, match="binary mode"):
        larder.validate_batch(file)  # type: ignore[arg-type]


def test_a_closed_file_is_refused(path: Path) -> None:
    with path.open("rb") as file:
        pass
    with pytest.raises(UsageError, match="closed"):
        larder.validate_batch(file)


def test_no_faults_to_tell_is_refused() -> None:
    with pytest.raises(UsageError, match="most_faults is 0"):
        larder.validate_batch(A, most_faults=0)


class Given:
    """A stream whose `read` gives, or raises, one after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers = iter(answers)

    def read(self, size: int = -1) -> Any:
        answer = next(self._answers, b"")
        if isinstance(answer, Exception):
            raise answer
        return answer


class GivenTwice(Given):
    """The same, but it can seek: somewhere."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 7

    def tell(self) -> int:
        return 7


async def later(size: int = -1) -> bytes:
    return A


def released() -> memoryview:
    view = memoryview(A)
    view.release()
    return view


def reading_later() -> Given:
    stream = Given()
    stream.read = later  # type: ignore[method-assign]
    return stream


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Given(A, None, A, A, A), "cannot read the file: Resource temporarily unav"),
        (lambda: Given(None), "cannot read the file: Resource temporarily unavailable"),
        (lambda: Given(A, ValueError("odd")), "cannot read the file: odd"),
        (lambda: Given(A, EOFError("cut short")), "cannot read the file: cut short"),
        (lambda: Given(A, "text"), "cannot validate Given: give a path, bytes, or a file in bin"),
        (reading_later, "cannot validate Given: give a path, bytes, or a file in binary mode"),
        (lambda: GivenTwice(KeyError("odd")), "cannot read the file: 'odd'"),
        (
            lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(A)[:-4])),
            "cannot read the file: Comp",
        ),
        (lambda: memoryview(A)[::2], "cannot validate a memoryview with gaps"),
        (released, "cannot validate: .*released"),
        (lambda: At(7), "cannot validate At: give a path"),
    ],
    ids=range(11),
)
def test_what_gives_no_bytes_is_said_to_give_none(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        larder.validate_batch(make())


def test_a_stream_that_breaks_is_an_unreadable_file() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        larder.validate_batch(Given(A, OSError("gone")))  # type: ignore[arg-type]
    assert isinstance(caught.value, LarderError)


def test_a_path_may_be_bytes_to_the_system(path: Path) -> None:
    assert larder.validate_batch(At(os.fsencode(path))).requests == 2


def test_a_file_that_changes_meanwhile_is_no_batch(path: Path) -> None:
    source = FileSource(path)
    read = source.read

    def changing(offset: int, length: int) -> Iterator[memoryview]:
        yield from read(offset, length)
        path.write_bytes(A + b"\n" + A + b"\n")
        os.utime(path, ns=(1, 1))

    source.read = changing  # type: ignore[method-assign]
    with pytest.raises(DamagedError, match="changed"):
        check(source, replace(BatchLimits(), requests=None))


@pytest.mark.parametrize("other", [[B, B, A], [B, B, B]])
def test_content_that_changes_between_the_readings_is_damaged(other: list[bytes]) -> None:
    file = io.BytesIO(b"\n".join([A, A, B]))
    source = HandleSource(file)
    read = source.read

    def changing(offset: int, length: int) -> Iterator[memoryview]:
        yield from [memoryview(bytes(chunk)) for chunk in read(offset, length)]
        if length == source.size:
            file.seek(0)
            file.write(b"\n".join(other))

    source.read = changing  # type: ignore[method-assign]
    with pytest.raises(DamagedError, match="changed"):
        check(source, BatchLimits())
