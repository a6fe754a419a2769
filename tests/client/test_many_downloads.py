"""Many files downloaded by one command."""

import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from larder.cli.each import Failures
from larder.cli.targets import targets_in
from larder.transfer.partial import RANGE_BYTES
from tests.client.conftest import Larder, Process, ranges_noted
from tests.client.fakes.faults import Fault, wait_for

Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that the test is in."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def file_named(name: str, number: int = 0) -> Any:
    return {"id": f"file-{number}", "filename": name, "bytes": 0}


def names(*filenames: str) -> list[str]:
    """Where files of these names go."""
    files = [file_named(name, number) for number, name in enumerate(filenames)]
    return [target.path.name for target in targets_in(Path(), files, Failures())]


def test_several_go_into_the_directory_by_their_names(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    ids = [larder.service.add_file(b"%d" % n, f"{n}.jsonl")["id"] for n in range(20)]
    assert main(["download", *ids, ids[0]]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{n}.jsonl" for n in range(20)]
    assert contents(home) == {f"{n}.jsonl": b"%d" % n for n in range(20)}


def test_a_directory_can_be_named(larder: Larder, home: Path, capsys: Capture) -> None:
    ids = [larder.service.add_file(b"x", f"{n}")["id"] for n in range(2)]
    (home / "d").mkdir()
    assert main(["download", *ids, "-o", "d", "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(file["id"], Path(file["path"])) for file in printed] == [
        (file_id, Path("d", str(n))) for n, file_id in enumerate(ids)
    ]
    assert set(contents(home / "d")) == {"0", "1"}


@pytest.mark.parametrize("output", ["results", "results/", "new/results"])
def test_a_directory_is_made_where_there_is_none(output: str, larder: Larder, home: Path) -> None:
    ids = [larder.service.add_file(b"x", f"{n}")["id"] for n in range(2)]
    assert main(["download", *ids, "-o", output, "--dry-run"]) == 0
    assert list(home.iterdir()) == []
    assert main(["download", *ids, "-o", output]) == 0
    assert set(contents(home / output)) == {"0", "1"}


def test_a_link_to_nothing_is_no_directory(larder: Larder, home: Path, capsys: Capture) -> None:
    (home / "link").symlink_to("nothing")
    assert main(["download", "file-1", "file-2", "-o", "link"]) == 2
    assert "several files need a directory, and link is none" in capsys.readouterr().err


def test_no_directory_is_made_for_nothing(larder: Larder, home: Path) -> None:
    assert main(["download", "file-1", "file-2", "-o", "results"]) == 4
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("output", ["-", "/dev/stdout", "file"])
def test_several_need_a_directory(output: str, larder: Larder, home: Path, capsys: Capture) -> None:
    (home / "file").write_bytes(b"mine")
    assert main(["download", "file-1", "file-2", "-o", output]) == 2
    assert "-o" in capsys.readouterr().err
    assert contents(home) == {"file": b"mine"}
    assert larder.service.requests == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--all"], {"a.jsonl", "b.txt"}),
        (["--name", "*.jsonl"], {"a.jsonl"}),
        (["--purpose", "evals"], {"b.txt"}),
        (["--purpose", "evals", "--name", "b*"], {"b.txt"}),
        (["--older-than", "1h"], set()),
    ],
)
def test_files_are_chosen_by_what_they_are(
    words: list[str], found: set[str], larder: Larder, home: Path, capsys: Capture
) -> None:
    larder.service.add_file(b"x", "a.jsonl")
    larder.service.add_file(b"x", "b.txt")["purpose"] = "evals"
    assert main(["download", *words]) == (0 if found else 4)
    assert set(contents(home)) == found
    assert bool(found) or "no file found: --older-than 3600s" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["file-1", "--all"], ["file-1", "--name", "x"]])
def test_ids_or_a_choice_must_be_given(
    words: list[str], larder: Larder, home: Path, capsys: Capture
) -> None:
    assert main(["download", *words]) == 2
    assert "give" in capsys.readouterr().err
    assert larder.service.requests == []


@pytest.mark.parametrize("words", [["file-1"], ["--all"], ["file-1", "--dry-run"]])
def test_an_empty_output_is_none(
    words: list[str], larder: Larder, home: Path, capsys: Capture
) -> None:
    assert main(["download", *words, "-o", ""]) == 2
    assert "-o must be the path" in capsys.readouterr().err
    assert larder.service.requests == []


def test_of_one_name_the_second_gets_its_id(larder: Larder, home: Path) -> None:
    ids = [larder.service.add_file(b"%d" % n, "a.jsonl")["id"] for n in range(3)]
    expected = {
        "a.jsonl": b"0",
        f"a ({ids[1]}).jsonl": b"1",
        f"a ({ids[2]}).jsonl": b"2",
    }
    for words in (["--all"], ids):  # the second time all are there
        assert main(["download", *words]) == 0
        assert contents(home) == expected


def test_names_that_some_file_systems_take_for_one_are_one() -> None:
    assert names("a.x", "A.x", "é", "e\u0301", ".b", ".B") == [
        "a.x",
        "A (file-1).x",
        "é",
        "e\u0301 (file-3)",
        ".b",
        ".B (file-5)",
    ]


def test_a_name_that_looks_like_one_with_an_id_is_not_taken_for_it() -> None:
    assert names("a (file-2)", "a", "a") == ["a (file-2)", "a", "a (file-2+)"]


def test_a_long_name_has_room_for_the_id() -> None:
    first, second = names("é" * 125 + ".json", "é" * 125 + ".json")
    assert second.endswith(" (file-1).json")
    assert len(second.encode()) <= 255
    assert first != second


def test_a_long_suffix_has_room_for_the_id() -> None:
    first, second = names("a." + "é" * 126, "a." + "é" * 126)
    assert second.startswith("a (file-1).é")
    assert len(second.encode()) <= 255
    assert first != second


def test_a_long_name_that_another_has_with_its_id_is_another_still() -> None:
    long = "a" * 255
    taken = f"{'a' * 246} (file-2)"
    first, second, third = names(long, taken, long)
    assert (first, second) == (long, taken)
    assert third not in {long, taken}
    assert len(third) == 255


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_one_that_the_disk_does_not_take_does_not_stop_the_others(
    jobs: str, larder: Larder, home: Path, capsys: Capture
) -> None:
    ids = [larder.service.add_file(b"x", name)["id"] for name in ("a", "y" * 300, "b")]
    assert main(["download", "--all", "-j", jobs]) == 1
    assert set(contents(home)) == {"a", "b"}
    message = f"larder: {ids[1]}: cannot write {'y' * 300}: {os.strerror(errno.ENAMETOOLONG)}\n"
    assert capsys.readouterr().err == message


def test_a_name_for_no_file_does_not_stop_the_others(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    bad = larder.service.add_file(b"x", "..")["id"]
    larder.service.add_file(b"x", "a")
    assert main(["download", "--all"]) == 1
    assert set(contents(home)) == {"a"}
    message = f"larder: {bad}: the file's name '..' is not one for a file here: use -o"
    assert capsys.readouterr().err == f"{message} with its id alone\n"


def test_one_that_is_gone_does_not_stop_the_others(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    ids = [larder.service.add_file(b"x", f"{n}")["id"] for n in range(2)]
    assert main(["download", ids[0], "file-none", ids[1]]) == 4
    assert set(contents(home)) == {"0", "1"}
    assert "file-none" in capsys.readouterr().err


def test_what_is_there_with_other_content_is_not_replaced(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    (home / "0").write_bytes(b"y")
    (home / "1").write_bytes(b"longer")
    for n in range(3):
        larder.service.add_file(b"x", f"{n}")
    assert main(["download", "--all"]) == 1
    assert contents(home) == {"0": b"y", "1": b"longer", "2": b"x"}
    stderr = capsys.readouterr().err
    assert ("0 exists" in stderr, "1 exists" in stderr) == (True, True)
    assert main(["download", "--all", "--force"]) == 0
    assert set(contents(home).values()) == {b"x"}


def test_what_is_there_already_counts_as_downloaded(
    larder: Larder, home: Path, capsys: Capture
) -> None:
    file = larder.service.add_file(b"content", "a")
    (home / "a").write_bytes(b"content")
    assert main(["download", file["id"]]) == 0
    assert capsys.readouterr().out == "a\n"
    assert larder.storage.ranges == []


def test_what_may_be_there_already_does_not_count(larder: Larder, home: Path) -> None:
    larder.service.tells_checksums = False
    file = larder.service.add_file(b"content", "a")
    (home / "a").write_bytes(b"content")
    assert main(["download", file["id"]]) == 1


def test_a_refused_key_stops_it(larder: Larder, home: Path, capsys: Capture) -> None:
    refused = b'{"error":{"message":"No."}}'
    larder.fail_api(Fault("GET", "status", times=1000, status=401, body=refused))
    assert main(["download", *(f"file-{n}" for n in range(60))]) == 3
    *told, last = capsys.readouterr().err.splitlines()
    assert 1 <= len(told) <= 8
    assert last == f"larder: stopped: {60 - len(told)} of 60 were not tried"


@pytest.mark.parametrize("words", [["--all"], ["ID"], ["ID", "-o", "-"]])
def test_a_dry_run_writes_nothing(
    words: list[str], larder: Larder, home: Path, capsys: Capture
) -> None:
    file_id = larder.service.add_file(b"x", "a")["id"]
    words = [word.replace("ID", file_id) for word in words]
    assert main(["download", *words, "--dry-run"]) == 0
    target = "-" if "-" in words else "a"
    assert capsys.readouterr().out == f"would download {file_id}  1 B  to {target}\n"
    assert contents(home) == {}


@pytest.mark.slow
def test_after_ctrl_c_the_same_command_continues(
    larder: Larder, home: Path, command: Start
) -> None:
    large = os.urandom(RANGE_BYTES * 3)
    larder.service.add_file(b"x", "small")
    larder.service.add_file(large, "large")
    larder.service.add_file(b"y", "another")
    held = larder.fail_s3(Fault("GET /content/file-0*1$", "hold", skip=1, times=2))
    process = command("download", "--all")
    wait_for(lambda: held.times == 0 and all(Path(name).exists() for name in ("small", "another")))
    wait_for(lambda: ranges_noted(home / "large") == 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    larder.s3.faults.release()
    assert process.returncode == 130
    assert err == b"larder: interrupted: the same command continues the download\n"
    larder.storage.ranges.clear()
    assert main(["download", "--all"]) == 0
    assert len(larder.storage.ranges) == 2
    assert contents(home) == {"small": b"x", "large": large, "another": b"y"}
