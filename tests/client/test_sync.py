"""A directory and what the service has of it."""

import errno
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder.cli import main
from tests.client.conftest import Larder, Process
from tests.client.fakes.faults import Fault, wait_for

Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]
DAY = 86400


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with `d/`, that the test is in."""
    (tmp_path / "home" / "d").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def make(**files: str) -> None:
    for name, content in files.items():
        Path("d", name).write_text(content)


def sync(*words: str) -> int:
    return main(["sync", "d", "--no-validate", *words])


def actions(capsys: Capture, *words: str, code: int = 0) -> list[tuple[str, str]]:
    """What is done with which path, or which name when there is none."""
    capsys.readouterr()
    assert sync(*words, "--json") == code
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [
        (each["action"], Path(each.get("path") or each.get("filename", "")).name)
        for each in printed
    ]


def stored(larder: Larder) -> list[tuple[str, str]]:
    files = larder.service.files.values()
    return sorted((f["filename"], larder.service.content(f["id"]).decode()) for f in files)


def test_the_second_time_nothing_is_uploaded(larder: Larder, home: Path, capsys: Capture) -> None:
    make(a="1", b="2", c="3")
    assert actions(capsys) == [("uploaded", "a"), ("uploaded", "b"), ("uploaded", "c")]
    assert actions(capsys) == [("there", "a"), ("there", "b"), ("there", "c")]
    assert stored(larder) == [("a", "1"), ("b", "2"), ("c", "3")]


def test_each_path_has_its_file(larder: Larder, home: Path, capsys: Capture) -> None:
    make(a="1", b="2")
    larder.service.add_file(b"2", "b")
    assert sync("--json") == 0
    for line in capsys.readouterr().out.splitlines():
        each = json.loads(line)
        assert larder.service.content(each["id"]) == Path(each["path"]).read_bytes()


@pytest.mark.parametrize(("name", "content"), [("a", "2"), ("a", "11"), ("b", "1")])
def test_another_content_size_or_name_is_another_file(
    name: str, content: str, larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"1", "a")
    make(**{name: content})
    assert actions(capsys) == [("uploaded", name), ("extra", "a")]
    assert (name, content) in stored(larder)


def test_another_purpose_is_another_file(larder: Larder, home: Path, capsys: Capture) -> None:
    larder.service.purposes.append("evals")
    larder.service.add_file(b"1", "a")
    make(a="1")
    assert actions(capsys, "--purpose", "evals") == [("uploaded", "a")]
    assert [file["purpose"] for file in larder.service.files.values()] == ["batch", "evals"]


def test_the_service_is_asked_only_where_name_and_size_agree(larder: Larder, home: Path) -> None:
    larder.service.add_file(b"1", "a")
    larder.service.add_file(b"22", "b")
    larder.service.add_file(b"3", "c")
    make(a="1", b="2", d="3")
    assert sync() == 0
    asked = larder.service.called("GET /v1/files/.*/url")
    assert [request.path for request in asked] == [f"/v1/files/file-{0:026}/url"]


def test_two_of_one_name_and_content_are_one_file(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    (home / "d" / "e").mkdir()
    make(a="1")
    make(**{"e/a": "1"})
    assert actions(capsys) == [("uploaded", "a"), ("there", "a")]
    assert actions(capsys) == [("there", "a"), ("there", "a")]
    make(**{"e/a": "2"})
    assert actions(capsys) == [("there", "a"), ("uploaded", "a")]
    assert stored(larder) == [("a", "1"), ("a", "2")]


def test_what_cannot_be_compared_is_uploaded_and_not_deleted(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    file = larder.service.add_file(b"1", "a")
    larder.service.tells_checksums = False
    make(a="1")
    assert sync("--delete", "--yes") == 0
    message = f"larder: {file['id']} cannot be compared: the service tells no checksum of it\n"
    assert capsys.readouterr().err == message
    assert stored(larder) == [("a", "1"), ("a", "1")]


def test_what_cannot_be_compared_is_not_deleted_when_another_is_the_same(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    other = larder.service.add_file(b"2", "a")
    larder.service.add_file(b"1", "a")
    larder.service.without_checksum.add(other["id"])
    make(a="1")
    assert actions(capsys, "--delete", "--yes") == [("there", "a")]
    assert stored(larder) == [("a", "1"), ("a", "2")]


def test_a_file_that_goes_meanwhile_is_uploaded(larder: Larder, home: Path) -> None:
    larder.service.add_file(b"1", "a")
    make(a="1")
    gone = b'{"error":{"message":"No such File object."}}'
    larder.fail_api(Fault("GET .*/url", "status", status=404, body=gone))
    assert sync() == 0
    assert len(stored(larder)) == 2


def test_what_is_too_much_is_said_and_stays(larder: Larder, home: Path, capsys: Capture) -> None:
    larder.service.add_file(b"xyz", "old")
    make(a="1")
    assert sync() == 0
    captured = capsys.readouterr()
    assert captured.err == "larder: not in d: 1 file, 3 B; --delete deletes them\n"
    assert captured.out.splitlines()[-1] == "1 uploaded, 0 there already"
    assert ("old", "xyz") in stored(larder)


def test_what_is_too_much_is_deleted_if_wanted(larder: Larder, home: Path, capsys: Capture) -> None:
    larder.service.purposes.append("evals")
    larder.service.add_file(b"1", "other")["purpose"] = "evals"
    for content in (b"old", b"older"):
        larder.service.add_file(content, "a")
    make(a="new")
    done = actions(capsys, "--delete", "--yes")
    assert [action for action, _ in done] == ["uploaded", "deleted", "deleted"]
    assert stored(larder) == [("a", "new"), ("other", "1")]


@pytest.mark.parametrize(
    "words", [["--exclude", "keep*"], ["--include", "a"], ["--include", "d/*", "--include", "a"]]
)
def test_what_was_left_out_is_not_deleted(words: list[str], larder: Larder, home: Path) -> None:
    make(a="1", keep="2", **{".hidden": "3"})
    for name in ("keep", "keep.too", ".hidden", "gone"):
        larder.service.add_file(b"x", name)
    assert sync("--delete", "--yes", *words) == 0
    left = {name for name, _ in stored(larder)}
    assert {"a", "keep", "keep.too", ".hidden"} <= left
    assert ("gone" in left) == ("--include" in words)


def test_a_name_that_is_left_out_elsewhere_is_not_deleted(larder: Larder, home: Path) -> None:
    (home / "d" / "old").mkdir()
    make(a="1", **{"old/a": "2"})
    larder.service.add_file(b"2", "a")
    assert sync("--delete", "--yes", "--exclude", "old") == 0
    assert stored(larder) == [("a", "1"), ("a", "2")]


def test_nothing_is_deleted_when_an_upload_has_failed(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"x", "old")
    make(a="1")
    Path("d/gone").symlink_to("nowhere")
    assert sync("--delete", "--yes") == 2
    assert "nothing was deleted, since something failed" in capsys.readouterr().err
    assert stored(larder) == [("a", "1"), ("old", "x")]


def test_nothing_is_deleted_when_a_hidden_directory_cannot_be_read(
    larder: Larder, home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def scandir(path: str) -> Any:  # root may read all, and tests often run as root
        if path == os.path.join("d", ".h"):  # noqa: PTH118
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    larder.service.add_file(b"x", "kept")
    (home / "d" / ".h").mkdir()
    make(a="1", **{".h/kept": "x"})
    assert sync("--delete", "--yes") == 2
    stderr = capsys.readouterr().err
    assert f"cannot read {Path('d/.h')}: Permission denied\n" in stderr
    assert "nothing was deleted" in stderr
    assert stored(larder) == [("a", "1"), ("kept", "x")]
    assert sync() == 0


@pytest.mark.parametrize("back", [False, True])
def test_what_is_behind_a_linked_directory_is_not_deleted(
    back: bool, larder: Larder, home: Path
) -> None:
    (home / "d" / "sub").mkdir()
    make(a="1", **{"sub/s": "2"})
    assert sync() == 0
    (home / "d" / "sub").rename(home / "moved")
    Path("d/sub").symlink_to("../moved")
    if back:
        Path("moved/round").symlink_to("../d")
    larder.service.add_file(b"x", "gone")
    assert sync("--delete", "--yes") == 0
    assert stored(larder) == [("a", "1"), ("s", "2")]


def test_a_link_to_a_directory_that_is_synced_keeps_no_more(larder: Larder, home: Path) -> None:
    (home / "d" / "sub").mkdir()
    make(**{"sub/s": "2"})
    Path("d/link").symlink_to("sub")
    larder.service.add_file(b"older", "s")
    assert sync("--delete", "--yes") == 0
    assert stored(larder) == [("s", "2")]


@pytest.mark.skipif(os.sep != "/", reason="a separator on Windows")
def test_a_name_is_what_the_service_makes_of_it(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    make(**{"x\\y": "1"})
    assert actions(capsys, "--dry-run") == [("upload", "x\\y")]
    assert sync("--delete", "--yes") == 0
    assert stored(larder) == [("y", "1")]
    assert actions(capsys, "--delete", "--yes") == [("there", "x\\y")]


@pytest.mark.parametrize("empty", ["empty", "filtered", "missing", "file", "unset"])
def test_a_directory_without_files_deletes_nothing(
    empty: str, larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"x", "old")
    words = ["--delete", "--yes"]
    if empty == "filtered":
        make(a="1")
        words += ["--include", "*.jsonl"]
    if empty in ("missing", "file"):
        Path("d").rmdir()
    if empty == "file":
        Path("d").write_text("x")
    directory = "" if empty == "unset" else "d"
    assert main(["sync", directory, *words]) == 2
    assert "d" in capsys.readouterr().err
    assert larder.service.requests == []
    assert stored(larder) == [("old", "x")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--delete"], "nobody is there to ask: give --yes"),
        (["--delete", "--yes", "--owner", "bob"], "not with --owner"),
        (["--renew-before", "2d", "--expires-after", "2d"], "--renew-before must be less than"),
    ],
)
def test_what_makes_no_sense_does_nothing(
    words: list[str], message: str, larder: Larder, home: Path, capsys: Capture
) -> None:
    make(a="1")
    assert sync(*words) == 2
    assert message in capsys.readouterr().err
    assert larder.service.requests == []


def test_what_soon_expires_is_renewed_once(larder: Larder, home: Path, capsys: Capture) -> None:
    make(a="1", b="2")
    larder.service.add_file(b"1", "a")["expires_at"] = int(time.time()) + DAY
    larder.service.add_file(b"2", "b")["expires_at"] = int(time.time()) + 3 * DAY
    words = ["--renew-before", "2d", "--delete", "--yes"]
    assert actions(capsys, *words) == [("there", "b"), ("uploaded", "a")]
    assert actions(capsys, *words) == [("there", "a"), ("there", "b")]
    assert len(stored(larder)) == 3


def test_a_dry_run_changes_nothing(larder: Larder, home: Path, capsys: Capture) -> None:
    larder.service.add_file(b"1", "a")
    larder.service.add_file(b"x", "old")
    make(a="1", b="2")
    before = stored(larder)
    words = ["--dry-run", "--delete"]
    assert actions(capsys, *words) == [("there", "a"), ("upload", "b"), ("delete", "old")]
    assert sync(*words) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"would upload {Path('d/b')}",
        f"would delete file-{1:026} old",
    ]
    assert captured.err == "larder: nothing was done; 1 there already\n"
    assert stored(larder) == before
    assert larder.service.called("(POST|DELETE).*") == []


def test_a_dry_run_says_that_nothing_would_be_deleted_after_a_failure(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"x", "old")
    make(a="1")
    Path("d/gone").symlink_to("nowhere")
    assert sync("--delete", "--dry-run") == 2
    captured = capsys.readouterr()
    assert captured.out == f"would upload {Path('d/a')}\n"
    assert "larder: nothing would be deleted, since something failed\n" in captured.err


def test_quiet_prints_what_was_uploaded(larder: Larder, home: Path, capsys: Capture) -> None:
    larder.service.add_file(b"1", "a")
    make(a="1", b="2")
    assert sync("-q") == 0
    assert capsys.readouterr().out == f"file-{1:026}\n"


def test_a_batch_with_faults_is_not_uploaded_and_one_that_is_there_is_not_looked_at(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"no batch", "a")
    make(a="no batch", b="neither")
    assert main(["sync", "d"]) == 8
    assert "d/b:1:1" in capsys.readouterr().err
    assert len(stored(larder)) == 1


def test_a_refused_key_stops_it(
    larder: Larder, home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-wrong")
    make(a="1")
    assert sync() == 3
    assert stored(larder) == []


@pytest.mark.slow
def test_after_ctrl_c_the_same_command_continues(
    larder: Larder, home: Path, command: Start
) -> None:
    make(**{f"{n}": f"{n}" for n in range(10)})
    Path("d/large").write_bytes(bytes(5 * 2**20))
    larder.storage.hold_after(10)
    words = ("sync", "--no-validate", "d")
    process = command(*words)
    wait_for(lambda: len(larder.storage.received) == 10 and len(larder.service.files) == 10)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    larder.storage.release()
    assert process.returncode == 130
    assert err == b"larder: interrupted: the same command continues\n"
    assert len(out.splitlines()) == 10
    larder.service.requests.clear()
    assert main([*words]) == 0
    assert larder.service.called("POST /v1/(files|uploads)") == []
    assert len(stored(larder)) == 11


@pytest.fixture
def emptied(larder: Larder, home: Path) -> Callable[[], Larder]:
    """Has no files on either side."""

    def emptied() -> Larder:
        larder.service.files.clear()
        shutil.rmtree("d")
        for directory in ("e", "f"):
            Path("d", directory).mkdir(parents=True)
        return larder

    return emptied


NAMES = st.sampled_from(["a", "b", "e/a", "e/b", "f/a"])
FILES = st.dictionaries(NAMES, st.sampled_from(["", "1", "2", "33"]), min_size=1)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(local=FILES, remote=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2"]))))
def test_after_a_sync_with_delete_the_service_has_what_the_directory_has(
    emptied: Callable[[], Larder], local: dict[str, str], remote: list[tuple[str, str]]
) -> None:
    larder = emptied()
    make(**local)
    for name, content in remote:
        larder.service.add_file(content.encode(), name)
    assert sync("--delete", "--yes") == 0
    expected = {(Path(path).name, content) for path, content in local.items()}
    assert set(stored(larder)) == expected
    before = stored(larder)
    assert sync("--delete", "--yes") == 0
    assert stored(larder) == before
