"""Files that are chosen by what they are: listed, deleted."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from larder.cli import main
from larder.cli.selection import Selection
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

Capture = pytest.CaptureFixture[str]
Listed = Callable[..., list[str]]

DAY = 86400


@pytest.fixture
def files(larder: Larder) -> dict[str, dict[str, Any]]:
    """Three files by name, one of them of another purpose and one of them ten days old."""
    larder.service.purposes.append("evals")
    made = {
        name: larder.service.add_file(b"x" * 1024, name) for name in ("a.jsonl", "b.txt", "c.jsonl")
    }
    made["b.txt"]["purpose"] = "evals"
    made["c.jsonl"]["created_at"] -= 10 * DAY
    return made


def left(larder: Larder) -> list[str]:
    return [file["filename"] for file in larder.service.files.values()]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--name", "*.jsonl"], ["a.jsonl", "c.jsonl"]),
        (["--name", "*"], ["a.jsonl", "b.txt", "c.jsonl"]),
        (["--name", "[ab].*"], ["a.jsonl", "b.txt"]),
        (["--name", "jsonl"], []),
        (["--name", ""], []),
        (["--purpose", "evals"], ["b.txt"]),
        (["--purpose", ""], []),
        (["--older-than", "9d"], ["c.jsonl"]),
        (["--older-than", "11d"], []),
        (["--purpose", "batch", "--older-than", "1h", "--name", "c*"], ["c.jsonl"]),
        (["--purpose", "evals", "--older-than", "1h"], []),
    ],
)
@pytest.mark.usefixtures("files")
def test_all_that_is_said_must_hold(
    options: list[str], names: list[str], larder: Larder, capsys: Capture
) -> None:
    assert main(["list", *options, "--order", "asc", "--json"]) == 0
    listed = [json.loads(line)["filename"] for line in capsys.readouterr().out.splitlines()]
    assert listed == names
    everything = left(larder)
    assert main(["delete", *options, "--yes"]) == 0
    assert left(larder) == [name for name in everything if name not in names]


def test_a_limit_is_of_the_files_that_are_meant(larder: Larder, capsys: Capture) -> None:
    larder.service.page_size = 2
    for number in range(10):
        larder.service.add_file(b"x", f"{number % 2}.jsonl")
    assert main(["list", "--name", "1.*", "--limit", "2", "--json"]) == 0
    ids = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert ids == [f"file-{number:026}" for number in (9, 7)]
    assert len(larder.service.called("GET /v1/files")) == 2


def test_an_age_is_exceeded_not_reached() -> None:
    file: Any = {"filename": "a", "purpose": "batch", "created_at": 1000}
    assert not Selection(older_than=60).takes(file, 1060)
    assert Selection(older_than=60).takes(file, 1061)


def test_nothing_chosen_deletes_nothing(larder: Larder, capsys: Capture) -> None:
    larder.service.add_file(b"x", "a.jsonl")
    assert main(["delete", "--name", "b*", "--yes"]) == 0
    assert capsys.readouterr().err == "larder: nothing to delete: no file is --name b*\n"
    assert left(larder) == ["a.jsonl"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give the IDs of files, or --purpose, --name or --older-than"),
        (["--yes"], "give the IDs of files, or --purpose, --name or --older-than"),
        (["file-1", "--name", "a"], "give IDs, or --name a, but not both"),
        (["--name", "*"], "nobody is there to ask: give --yes, or --dry-run to see what would be"),
    ],
)
def test_what_is_not_clear_deletes_nothing(
    words: list[str], message: str, larder: Larder, capsys: Capture
) -> None:
    larder.service.add_file(b"x", "a.jsonl")
    assert main(["delete", *words]) == 2
    assert message in capsys.readouterr().err
    assert left(larder) == ["a.jsonl"]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.usefixtures("files")
def test_a_dry_run_says_what_would_be_deleted(
    as_json: bool, larder: Larder, capsys: Capture
) -> None:
    words = ["delete", "--name", "*.jsonl", "--dry-run"]
    assert main([*words, "--json"] if as_json else words) == 0
    captured = capsys.readouterr()
    assert captured.err == "larder: nothing was deleted: 2 files, 2.0 KiB would be\n"
    assert ("a.jsonl" in captured.out, "b.txt" in captured.out) == (True, False)
    assert len(left(larder)) == 3


def test_a_dry_run_names_what_is_not_there(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x", "a.jsonl")
    assert main(["delete", file["id"], "file-none", "--dry-run"]) == 4
    captured = capsys.readouterr()
    assert captured.out == f"would delete {file['id']}  1 B  a.jsonl\n"
    assert "No such File object: file-none" in captured.err
    assert left(larder) == ["a.jsonl"]


def test_what_is_gone_meanwhile_is_as_wanted(larder: Larder, capsys: Capture) -> None:
    for _ in range(3):
        larder.service.add_file(b"x")
    gone = b'{"error":{"message":"No such File object."}}'
    larder.fail_api(Fault("DELETE", "status", status=404, body=gone))
    assert main(["delete", "--name", "*", "--yes", "--json"]) == 0
    deleted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["id"], each["deleted"]) for each in deleted] == [
        (f"file-{number:026}", True) for number in range(3)
    ]


def test_an_id_that_is_given_and_gone_is_an_error(larder: Larder, capsys: Capture) -> None:
    ids = [larder.service.add_file(b"x")["id"] for _ in range(3)]
    assert main(["delete", ids[0], "file-none", *ids[1:], ids[0]]) == 4
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [f"Deleted {file_id}." for file_id in ids]
    assert "file-none" in captured.err
    assert left(larder) == []


def answered(answer: bytes, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command, with somebody at the terminal who answers."""
    keyboard, terminal = pty.openpty()
    line = [sys.executable, "-m", "larder.cli", *words]
    with subprocess.Popen(
        line, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        os.write(keyboard, answer)
        out, err = process.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    return process.returncode, out, err


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"y\n", b"YES\n"])
def test_it_shows_counts_and_asks(answer: bytes, larder: Larder) -> None:
    for number in range(12):
        larder.service.add_file(b"x" * 1024, f"{number}.jsonl")
    code, out, err = answered(answer, "delete", "--name", "*")
    assert code == 0
    assert [f"{number}.jsonl" in err for number in range(12)] == [True] * 10 + [False] * 2
    assert "and 2 more" in err
    assert "Delete 12 files, 12.0 KiB for good? [y/N]" in err
    assert len(out.splitlines()) == 12
    assert left(larder) == []


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"yess\n", b"\x04"])
def test_anything_but_yes_deletes_nothing(answer: bytes, larder: Larder) -> None:
    larder.service.add_file(b"x", "a\x1b[31m.jsonl")
    code, out, err = answered(answer, "delete", "--name", "*")
    assert (code, out) == (1, "")
    assert "nothing was done" in err
    assert "\x1b" not in err
    assert len(left(larder)) == 1


def test_a_refusal_that_hits_all_ends_it(larder: Larder, capsys: Capture) -> None:
    for _ in range(30):
        larder.service.add_file(b"x")
    refused = b'{"error":{"message":"This key may not."}}'
    larder.fail_api(Fault("DELETE", "status", status=403, body=refused, times=100))
    assert main(["delete", "--name", "*", "--yes"]) == 3
    assert len(larder.service.called("GET.*")) == 1
    *told, last = capsys.readouterr().err.splitlines()
    assert 1 <= len(told) <= 8
    assert last == f"larder: stopped: {30 - len(told)} of 30 were not tried"
    assert len(left(larder)) == 30


def test_the_time_is_now(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x")
    file["created_at"] = int(time.time()) - 3601
    assert main(["list", "--older-than", "1h", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == file["id"]
