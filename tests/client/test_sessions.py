"""What is kept of an upload between two runs of a command."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from larder.transfer.sessions import Session
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

pytestmark = pytest.mark.slow

MakeFile = Callable[[int], Path]
SIZE = 5 * 2**20


def test_a_session_is_kept_while_another_process_removes_its_own(tmp_path: Path) -> None:
    # To be listed and yet not to be found is what such a race looks like.
    (tmp_path / "of-another.json").symlink_to(tmp_path / "gone")
    session = Session(tmp_path / "ours.json")
    session.save("upload_1")
    assert session.load() == "upload_1"


def test_sessions_that_ended_long_ago_are_removed_in_spite_of_a_race(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"gone-{number}.json").symlink_to(tmp_path / "gone")
        old = tmp_path / f"old-{number}.json"
        old.write_text("{}")
        os.utime(old, (0, time.time() - 3 * 86_400))
    Session(tmp_path / "ours.json").save("upload_1")
    assert [path.name for path in tmp_path.iterdir() if not path.is_symlink()] == ["ours.json"]


def test_what_was_kept_for_continuing_is_removed_at_the_end(
    larder: Larder, a_file: MakeFile, tmp_path: Path
) -> None:
    assert main(["upload", str(a_file(SIZE))]) == 0
    assert list((tmp_path / "state" / "larder" / "uploads").iterdir()) == []


def test_a_state_directory_that_cannot_be_written_is_no_obstacle(
    larder: Larder, a_file: MakeFile, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file, where the directory should be")
    assert main(["upload", str(a_file(SIZE))]) == 0


def test_a_user_without_a_home_is_no_obstacle(
    larder: Larder, a_file: MakeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", none)
    monkeypatch.chdir(tmp_path)
    path = a_file(SIZE)
    assert main(["upload", str(path)]) == 0
    assert list(tmp_path.iterdir()) == [path]


ODD = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "string": b'"upload_id"',
    "number": b"17",
    "deep list": b"[" * 100_000,
    "deep object": b'{"upload_id":' * 100_000,
    "huge number": b"9" * 100_000,
    "other encoding": b"\xff\xfe\x00",
    "null id": b'{"upload_id": null}',
    "number as id": b'{"upload_id": 17}',
    "empty id": b'{"upload_id": ""}',
    "a way out": b'{"upload_id": "../files"}',
    "control characters": b'{"upload_id": "upload_1\\r\\nX: y"}',
    "half a character": b'{"upload_id": "upload_\\ud800"}',
    "very long": b'{"upload_id": "' + b"u" * 10**6 + b'"}',
}


@pytest.mark.parametrize("odd", [*ODD, "directory", "pipe", "link to nowhere"])
def test_an_odd_thing_where_a_session_should_be_is_set_aside(
    odd: str, larder: Larder, a_file: MakeFile, tmp_path: Path
) -> None:
    path = a_file(SIZE)
    outage = larder.fail_s3(Fault("PUT", "reset", skip=30, times=1000))
    assert main(["upload", str(path)]) == 6
    outage.times = 0
    (kept,) = (tmp_path / "state" / "larder" / "uploads").iterdir()
    kept.unlink()
    if odd == "directory":
        kept.mkdir()
    elif odd == "pipe":
        os.mkfifo(kept)
    elif odd == "link to nowhere":
        kept.symlink_to("nowhere")
    else:
        kept.write_bytes(ODD[odd])
    assert main(["upload", str(path)]) == 0
    (file,) = larder.service.files.values()
    assert larder.service.content(file["id"]) == path.read_bytes()
