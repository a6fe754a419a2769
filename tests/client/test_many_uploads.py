"""Many files uploaded by one command."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from larder.cli import main
from tests.client.conftest import Larder, Process
from tests.client.fakes.faults import Fault, wait_for

Capture = pytest.CaptureFixture[str]
Make = Callable[..., None]
Start = Callable[..., Process]

LINE = b'{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{}}\n'


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes files of their own content in the directory that the test is in."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")

    def made(*paths: str, size: int = 0) -> None:
        for path in paths:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(path.encode() + os.urandom(size))

    return made


def upload(*words: str) -> int:
    return main(["upload", "--no-validate", *words])


def stored(larder: Larder) -> dict[str, bytes]:
    """Content by name."""
    files = larder.service.files.values()
    return {file["filename"]: larder.service.content(file["id"]) for file in files}


def objects(capsys: Capture) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_directory_is_uploaded_with_all_that_is_below(larder: Larder, make: Make) -> None:
    make("d/a.jsonl", "d/e/b.jsonl", "d/.hidden")
    assert upload("d") == 0
    assert stored(larder) == {"a.jsonl": b"d/a.jsonl", "b.jsonl": b"d/e/b.jsonl"}


def test_ids_come_in_the_order_of_the_files_with_their_paths(
    larder: Larder, make: Make, capsys: Capture
) -> None:
    paths = [f"d/{number:02}.jsonl" for number in range(30)]
    make(*paths, "z.jsonl")
    assert upload("z.jsonl", "d", "--json") == 0
    printed = objects(capsys)
    assert [file["path"] for file in printed] == ["z.jsonl", *paths]
    for file in printed:
        assert larder.service.content(file["id"]) == file["path"].encode()
    assert upload("z.jsonl", "d", "-q") == 0
    assert len(capsys.readouterr().out.split()) == 31


def test_large_and_small_ones_go_together(larder: Larder, make: Make, capsys: Capture) -> None:
    make("a", "b", "c", size=5 * 2**20)
    make("d")
    assert upload("a", "b", "c", "d", "--json") == 0
    for file in objects(capsys):
        assert larder.service.content(file["id"]) == Path(file["path"]).read_bytes()


def test_several_are_sent_at_once(larder: Larder, make: Make) -> None:
    make(*"abcdefgh")
    held = larder.fail_api(Fault("POST", "hold", times=100))
    codes: list[int] = []
    runner = threading.Thread(target=lambda: codes.append(upload(*"abcdefgh", "--jobs", "3")))
    runner.start()
    wait_for(lambda: held.times == 97)
    held.times = 0
    held.released.set()
    runner.join(60)
    assert codes == [0]
    assert len(stored(larder)) == 8


@pytest.mark.parametrize("twice", [["a", "a"], ["a", "./a"], [".", "a"], ["a", "*"], ["*", "."]])
def test_a_file_that_is_given_twice_is_sent_once(
    twice: list[str], larder: Larder, make: Make
) -> None:
    make("a")
    assert upload(*twice) == 0
    assert len(larder.service.files) == 1


def test_include_and_exclude_choose(larder: Larder, make: Make) -> None:
    make("d/a.jsonl", "d/b.txt", "d/old/c.jsonl", "d/.x.jsonl")
    assert upload("d", "--include", "*.jsonl", "--exclude", "old", "--hidden") == 0
    assert set(stored(larder)) == {"a.jsonl", ".x.jsonl"}


@pytest.mark.parametrize("words", [["*.jsonl"], ["d"], ["d", "e/*"], ["f", "--include", "x"]])
def test_no_file_at_all_is_an_error_that_names_the_argument(
    words: list[str], larder: Larder, make: Make, capsys: Capture
) -> None:
    make("f/a")
    Path("d").mkdir()
    assert upload(*words) == 2
    assert words[0] in capsys.readouterr().err
    assert larder.service.requests == []


def test_a_pattern_without_a_file_does_not_stop_the_others(
    larder: Larder, make: Make, capsys: Capture
) -> None:
    make("a")
    assert upload("*.jsonl", "a") == 2
    assert capsys.readouterr().err.startswith("larder: no file found: *.jsonl")
    assert set(stored(larder)) == {"a"}


def test_one_that_fails_does_not_stop_the_others(
    larder: Larder, make: Make, capsys: Capture
) -> None:
    make("d/a", "d/b")
    Path("d/gone").symlink_to("nowhere")
    assert upload("d", "--json") == 2
    captured = capsys.readouterr()
    assert [json.loads(line)["path"] for line in captured.out.splitlines()] == ["d/a", "d/b"]
    assert captured.err == "larder: cannot read d/gone: No such file or directory\n"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b'{"error":{"message":"No."}}', 3),
        (403, b'{"error":{"message":"Full.","code":"storage_quota_exceeded"}}', 5),
        (403, b'{"error":{"message":"Full.","code":"file_quota_exceeded"}}', 5),
        (400, b'{"error":{"message":"No.","param":"purpose"}}', 2),
    ],
)
def test_a_refusal_that_hits_all_stops_the_rest(
    status: int, body: bytes, code: int, larder: Larder, make: Make, capsys: Capture
) -> None:
    make(*(f"d/{number}" for number in range(50)))
    larder.fail_api(Fault("POST", "status", times=1000, status=status, body=body))
    assert upload("d") == code
    *told, last = capsys.readouterr().err.splitlines()
    assert 1 <= len(told) <= 4
    assert last == f"larder: stopped: {50 - len(told)} of 50 were not tried"


def test_a_refusal_of_one_does_not_stop_the_rest(larder: Larder, make: Make) -> None:
    make(*(f"d/{number}" for number in range(10)))
    make("d/large", size=5 * 2**20)
    larder.service.file_bytes = 2**20
    assert upload("d") == 5
    assert len(stored(larder)) == 10


def test_a_dry_run_asks_nobody(
    make: Make, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    make("d/a", "d/b")
    assert upload("d", "-", "nothing", "--dry-run", "--purpose", "evals", "--json") == 2
    captured = capsys.readouterr()
    printed = [json.loads(line) for line in captured.out.splitlines()]
    assert printed == [
        {"path": "d/a", "filename": "a", "bytes": 3, "purpose": "evals"},
        {"path": "d/b", "filename": "b", "bytes": 3, "purpose": "evals"},
        {"path": "-", "filename": "stdin", "bytes": None, "purpose": "evals"},
    ]
    assert "cannot read nothing" in captured.err
    assert upload("d", "--dry-run") == 0
    captured = capsys.readouterr()
    assert captured.out == "would upload d/a  3 B\nwould upload d/b  3 B\n"
    assert captured.err == "larder: nothing was uploaded\n"


@pytest.mark.parametrize("words", [["d"], ["d/*"], ["d/a", "d/b"]])
def test_a_name_is_that_of_one_file(
    words: list[str], larder: Larder, make: Make, capsys: Capture
) -> None:
    make("d/a", "d/b")
    assert upload(*words, "--filename", "x") == 2
    assert "--filename names one file, not 2" in capsys.readouterr().err
    assert larder.service.requests == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--jobs", "0"], "'0' is not a number of jobs, 1 to 16"),
        (["--jobs", "17"], "'17' is not a number of jobs, 1 to 16"),
        (["-j", "x"], "'x' is not a number of jobs, 1 to 16"),
        (["--jobs", "16", "--threads", "8"], "are 128 connections: at most 64 are allowed"),
    ],
)
def test_too_many_at_once_are_refused(
    options: list[str], message: str, larder: Larder, make: Make, capsys: Capture
) -> None:
    make("a")
    try:
        code: object = upload("a", *options)
    except SystemExit as exit_:
        code = exit_.code
    assert code == 2
    assert message in capsys.readouterr().err
    assert larder.service.requests == []


def test_a_batch_with_faults_does_not_stop_the_others(
    larder: Larder, make: Make, capsys: Capture
) -> None:
    make("d/bad.jsonl", "d/good.jsonl")
    Path("d/good.jsonl").write_bytes(LINE)
    assert main(["upload", "d", "-q"]) == 8
    assert set(stored(larder)) == {"good.jsonl"}
    assert "d/bad.jsonl:1:1" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_tells_the_ids_of_what_is_done(
    larder: Larder, make: Make, command: Start
) -> None:
    make("a", "b")
    make("large", size=5 * 2**20)
    larder.storage.hold_after(10)
    process = command("upload", "--no-validate", "a", "large", "b")
    wait_for(lambda: len(larder.storage.received) == 10 and len(larder.service.files) == 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    larder.storage.release()
    assert process.returncode == 130
    assert set(out.decode().split()) == set(larder.service.files)
    told = "interrupted: 2 of 3 were uploaded, and would be again"
    assert err.decode() == f"larder: {told}; the same command continues the others\n"
    received = set(larder.storage.received)
    larder.storage.received.clear()
    assert upload("large") == 0
    assert set(larder.storage.received) == set(range(1, 82)) - received


@pytest.mark.slow
def test_ctrl_c_while_standard_input_is_awaited_ends_at_once(larder: Larder, make: Make) -> None:
    make("a", "b")
    line = [sys.executable, "-m", "larder.cli", "upload", "--no-validate", "a", "-", "b"]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().decode() in larder.service.files
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read().startswith(b"larder: interrupted: 1 of 3 were uploaded")


def test_a_reader_that_has_seen_enough_is_no_error(larder: Larder, make: Make) -> None:
    make(*(f"d/{number:03}" for number in range(60)))
    script = '"$@" upload --no-validate d | head -n 1; echo "${PIPESTATUS[0]}"'
    line = ["/bin/bash", "-c", script, "bash", sys.executable, "-m", "larder.cli"]
    done = subprocess.run(line, capture_output=True, check=True, text=True)
    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == "0"
