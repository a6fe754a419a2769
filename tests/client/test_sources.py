"""What can be uploaded, and what of it can no longer be read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from larder.errors import DamagedError, UsageError
from larder.transfer.sources import FileSource, HandleSource, whole
from tests.client.conftest import Larder


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("device", "it is no regular file"),
        ("gone", "No such file"),
    ],
)
def test_what_is_no_regular_file_is_refused(
    kind: str, reason: str, larder: Larder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = {"device": Path("/dev/zero"), "gone": tmp_path / "gone"}[kind]
    assert main(["upload", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"larder: cannot read {path}: {reason}")
    assert larder.service.requests == []


def test_a_pipe_has_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="it is no regular file, whose size is known"):
        FileSource(tmp_path / "pipe")


def test_a_file_that_is_gone_is_named_in_one_sentence(a_file: Callable[[int], Path]) -> None:
    source = FileSource(a_file(10))
    source.path.unlink()
    with pytest.raises(DamagedError) as error:
        list(source.read(0, 10))
    assert str(error.value) == f"cannot read {source.path} any more: No such file or directory"


@pytest.fixture(params=["/proc/self/status", "/sys/kernel/uevent_seqnum"])
def lying_about_its_size(request: pytest.FixtureRequest) -> Path:
    """A file that says that it is empty, or one of 4096 bytes that has a few."""
    path = Path(request.param)
    if not path.exists():
        pytest.skip("is there on Linux")
    return path


def test_a_file_that_lies_about_its_size_is_refused(
    lying_about_its_size: Path, larder: Larder, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", str(lying_about_its_size)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(": it is not as long as it says: upload a copy of it")
    assert larder.service.requests == []


def test_an_open_file_that_lies_about_its_size_is_refused(lying_about_its_size: Path) -> None:
    with lying_about_its_size.open("rb") as file, pytest.raises(UsageError, match="cannot read"):
        HandleSource(file)


def test_an_open_file_that_cannot_be_sought_is_refused() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing), pytest.raises(UsageError):
        HandleSource(pipe)


def test_an_open_file_that_cannot_be_read_as_bytes_is_refused(
    a_file: Callable[[int], Path],
) -> None:
    with a_file(10).open(encoding="latin-1") as file, pytest.raises(UsageError, match="binary"):
        HandleSource(file)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"cannot read the file: .*closed"):
        HandleSource(file)  # type: ignore[arg-type]


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot read a\0b: embedded null byte"):
        FileSource(Path("a\0b"))


@pytest.mark.parametrize("change", ["grows", "is written to", "is replaced"])
def test_a_small_file_that_changes_while_being_read_is_not_stored(
    change: str, a_file: Callable[..., Path]
) -> None:
    source = FileSource(a_file(10))
    if change == "grows":
        with source.path.open("ab") as file:
            file.write(b"more")
    elif change == "is written to":
        os.utime(source.path, ns=(0, 0))
    else:
        other = a_file(10, "other")
        os.utime(other, ns=(source.mtime_ns, source.mtime_ns))
        other.replace(source.path)
    with pytest.raises(DamagedError, match="changed while it was being uploaded"):
        whole(source)
