"""What is at the target of a download, or comes to be there, or does not go there."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.api.files import get_file
from larder.api.http import HttpApi
from larder.cli import main
from larder.transfer.partial import RANGE_BYTES, PartialFile
from tests.client.conftest import Larder, Process, ranges_noted
from tests.client.fakes.faults import Fault, wait_for
from tests.client.fakes.service import API_KEY

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]
Meanwhile = Callable[[Callable[[], object]], None]
CONTENT = os.urandom(RANGE_BYTES * 2 + 1)


@pytest.fixture
def file_id(larder: Larder) -> str:
    """A file of three ranges."""
    return str(larder.service.add_file(CONTENT)["id"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "downloads").mkdir()
    return tmp_path / "downloads" / "out"


@pytest.fixture(params=["with hard links", "without"])
def names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that can give a file a second name, and one like a USB stick's."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if request.param == "without":
        monkeypatch.setattr(os, "link", refuse)


@pytest.fixture
def meanwhile(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Does something once the download has asked for its content."""

    def when_asked(act: Callable[[], object]) -> None:
        answer = larder.s3.answerer

        def answered(request: Any) -> Any:
            if not done:
                done.append(True)
                act()
            return answer(request)

        done: list[bool] = []
        monkeypatch.setattr(larder.s3, "answerer", answered)

    return when_asked


@pytest.mark.usefixtures("names")
def test_a_target_that_comes_to_be_meanwhile_is_not_replaced(
    larder: Larder, file_id: str, target: Path, meanwhile: Meanwhile, capsys: Capture
) -> None:
    meanwhile(lambda: target.write_bytes(b"the user's"))
    assert main(["download", file_id, "-o", str(target)]) == 1
    message = f"larder: {target} exists: use --force to replace it, or -o\n"
    assert capsys.readouterr().err == message
    assert target.read_bytes() == b"the user's"
    larder.storage.ranges.clear()
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert larder.storage.ranges == []
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.usefixtures("names")
def test_a_link_to_nowhere_that_comes_to_be_meanwhile_is_not_replaced(
    larder: Larder, file_id: str, target: Path, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: target.symlink_to("nowhere"))
    assert main(["download", file_id, "-o", str(target)]) == 1
    assert target.is_symlink()


@pytest.mark.usefixtures("names")
def test_a_target_that_comes_to_be_meanwhile_is_replaced_with_force(
    larder: Larder, file_id: str, target: Path, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: target.write_bytes(b"old"))
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert target.read_bytes() == CONTENT


@pytest.mark.usefixtures("names")
def test_nothing_but_the_file_is_left(larder: Larder, file_id: str, target: Path) -> None:
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_a_link_to_nowhere_is_something_that_exists(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    target.symlink_to("nowhere")
    assert main(["download", file_id, "-o", str(target)]) == 1
    assert "exists" in capsys.readouterr().err
    assert larder.storage.ranges == []


def test_what_is_no_file_is_not_replaced_even_with_force(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(target))
        assert main(["download", file_id, "-o", str(target), "--force"]) == 1
    assert capsys.readouterr().err == f"larder: {target} is no file: it is not replaced\n"
    assert target.is_socket()


@pytest.mark.parametrize("content", [b"old", None], ids=["to a file", "to nowhere"])
def test_a_link_stays_one_and_what_it_leads_to_is_replaced(
    content: bytes | None, larder: Larder, file_id: str, target: Path, tmp_path: Path
) -> None:
    behind = tmp_path / "behind"
    if content is not None:
        behind.write_bytes(content)
    (tmp_path / "second").symlink_to(behind)
    target.symlink_to("../second")
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert target.readlink() == Path("../second")
    assert (behind.read_bytes(), behind.is_symlink()) == (CONTENT, False)
    assert list(target.parent.iterdir()) == [target]
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"behind", "second"}


def test_a_link_in_a_circle_is_one_line(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    target.symlink_to(target.name)
    assert main(["download", file_id, "-o", str(target), "--force"]) == 1
    assert "leads in a circle" in capsys.readouterr().err
    assert target.is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o400, 0o755])
def test_the_mode_of_what_is_replaced_stays(
    mode: int, larder: Larder, file_id: str, target: Path
) -> None:
    target.write_bytes(b"old")
    target.chmod(mode)
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give")
def test_the_owner_of_what_is_replaced_stays(larder: Larder, file_id: str, target: Path) -> None:
    target.write_bytes(b"old")
    os.chown(target, 1234, 5678)
    assert main(["download", file_id, "-o", str(target), "--force"]) == 0
    there = target.stat()
    assert (there.st_uid, there.st_gid) == (1234, 5678)


def test_a_file_system_without_locks_has_a_file_for_each_download(
    larder: Larder, file_id: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*arguments: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    file = get_file(HttpApi(larder.base_url, API_KEY), file_id)
    with PartialFile(file, target) as first, PartialFile(file, target) as second:
        assert first.path != second.path
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def resumable(larder: Larder, file_id: str, target: Path, command: Start) -> Path:
    """The journal of a download that was killed."""
    larder.fail_s3(Fault("GET /content/", "hold", skip=1, times=2))
    process = command("download", file_id, "-o", target)
    wait_for(lambda: ranges_noted(target) == 1)
    process.kill()
    process.wait(20)
    larder.s3.faults.release()
    (journal,) = target.parent.glob(".larder-*.journal")
    return journal


# HEAD stands for the journal's first line, which is what it should be.
ODD = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "number": b"17",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "huge number": b"9" * 100_000,
    "other encoding": b"\xff\xfe\x00",
    "lists for numbers": b"HEAD\n[[1],2]",
    "deep line": b"HEAD\n" + b"[" * 100_000,
    "null line": b"HEAD\nnull",
    "no checksums": b"HEAD\n[0,null]\n[1,1.5]\n[2,{}]",
    "huge number of a range": b"HEAD\n[" + b"9" * 5000 + b",1]",
    "line in another encoding": b"HEAD\n\xff",
}


@pytest.mark.parametrize("odd", [*ODD, "directory", "pipe", "link"])
@pytest.mark.parametrize("of", ["journal", "part"])
def test_an_odd_thing_where_an_earlier_download_should_be_is_set_aside(
    odd: str, of: str, larder: Larder, file_id: str, target: Path, command: Start
) -> None:
    path = resumable(larder, file_id, target, command)
    head = path.read_bytes().splitlines()[0]
    if of == "part":
        path = path.with_suffix(".part")
    path.unlink()
    outside = target.parent.parent / "outside"
    outside.write_bytes(b"not ours")
    if odd == "directory":
        path.mkdir()
    elif odd == "pipe":
        os.mkfifo(path)
    elif odd == "link":
        path.symlink_to(outside)
    else:
        path.write_bytes(ODD[odd].replace(b"HEAD", head))
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert target.read_bytes() == CONTENT
    assert outside.read_bytes() == b"not ours"


def test_content_that_could_not_be_verified_is_said_to_be_so(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    larder.service.tells_checksums = False
    assert main(["download", file_id, "-o", str(target), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        f"larder: {file_id} could not be verified: the service tells no checksum of it\n"
    )
    assert captured.out.startswith("{")
    assert len(captured.out.splitlines()) == 1
    assert target.read_bytes() == CONTENT


def test_a_stream_that_could_not_be_verified_is_said_to_be_so(
    larder: Larder, file_id: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    larder.service.tells_checksums = False
    assert main(["download", file_id, "-o", "-"]) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == CONTENT
    assert b"could not be verified" in captured.err


def test_content_that_was_verified_needs_no_word(
    larder: Larder, file_id: str, target: Path, capsys: Capture
) -> None:
    assert main(["download", file_id, "-o", str(target)]) == 0
    assert capsys.readouterr().err == ""
