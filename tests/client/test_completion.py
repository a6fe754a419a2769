"""`larder completion`: the scripts, in the shells that they are for, and the ids that they get."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import completion, main
from larder.cli.grammar import arguments, commands
from larder.cli.parser import build_parser
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

Capture = pytest.CaptureFixture[str]
MakeFile = Callable[..., Path]

SHELLS = ("bash", "zsh", "fish")
BESIDE_PYTHON = str(Path(sys.executable).parent)

# What bash does when somebody presses Tab behind these words.
TAB_IN_BASH = """
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p larder | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
"$function" larder "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script_for(shell: str, folder: Path, capsys: Capture) -> Path:
    assert main(["completion", shell]) == 0
    script = folder / f"larder.{shell}"
    script.write_text(capsys.readouterr().out)
    return script


@pytest.fixture
def bash(tmp_path: Path, capsys: Capture) -> Callable[..., list[str]]:
    """What bash offers for the last of these words."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash on this machine")
    script = script_for("bash", tmp_path, capsys)

    def completed(*words: str) -> list[str]:
        done = subprocess.run(
            [shell, "--norc", "-c", TAB_IN_BASH, "bash", str(script), "larder", *words],
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr in ("", "bash: compopt: not currently executing completion function\n")
        return done.stdout.split()

    return completed


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_its_script(shell: str, tmp_path: Path, capsys: Capture) -> None:
    script = script_for(shell, tmp_path, capsys)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} on this machine")
    subprocess.run([program, "-n", str(script)], check=True, timeout=60)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command_and_option(shell: str, capsys: Capture) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in commands(build_parser()):
        assert not command.words or command.words[-1] in script
        for argument in arguments(command.parser):
            for option in argument.option_strings:
                assert (option if shell != "fish" else option.lstrip("-")) in script


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_hidden_stays_so(shell: str, capsys: Capture) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "larder completion --ids" in script  # it runs it, and offers it to nobody
    for offer in ("--help --ids", '"--ids"', "-l ids"):
        assert offer not in script


def test_an_unknown_shell_is_told_which_there_are(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["completion", "ksh"])
    assert "choose from" in capsys.readouterr().err


def test_bash_completes_commands_and_options(bash: Callable[..., list[str]]) -> None:
    assert bash("up") == ["upload", "uploads"]
    assert bash("admin", "keys", "") == ["create", "list", "revoke"]
    assert bash("upload", "--pur") == ["--purpose"]
    assert bash("list", "--order", "") == ["asc", "desc"]


def test_bash_completes_paths(bash: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").touch()
    assert bash("upload", "bat") == ["batch.jsonl"]
    assert bash("download", "file-1", "-o", "bat") == ["batch.jsonl"]


@pytest.mark.parametrize("command", ["show", "download", "delete"])
def test_bash_completes_ids_of_files(
    command: str, larder: Larder, bash: Callable[..., list[str]]
) -> None:
    first, last = (larder.service.add_file(b"x", "my file.jsonl")["id"] for _ in range(2))
    assert sorted(bash(command, "")) == sorted([first, last])
    assert bash(command, last) == [last]


def test_bash_completes_ids_of_unfinished_uploads(
    larder: Larder, bash: Callable[..., list[str]], a_file: MakeFile
) -> None:
    larder.fail_s3(Fault("PUT", "status", times=60, status=503))
    assert main(["upload", str(a_file(100_000)), "--threads", "1"]) == 6
    assert bash("uploads", "cancel", "") == list(larder.service.uploads)


def test_bash_runs_nothing_that_an_id_says(
    larder: Larder, bash: Callable[..., list[str]], tmp_path: Path
) -> None:
    file = larder.service.add_file(b"x", "$(touch ran)")
    larder.service.files = {"$(touch ran)": {**file, "id": "$(touch ran)"}}
    assert bash("show", "") == []
    assert not (tmp_path / "ran").exists()


def test_fish_completes_commands_and_ids(larder: Larder, tmp_path: Path, capsys: Capture) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("no fish on this machine")
    file = larder.service.add_file(b"x", "täglich.jsonl")
    script = script_for("fish", tmp_path, capsys)
    done = subprocess.run(
        [fish, "--no-config", "-c", f"source {script}; complete -C 'larder show '"],
        env={**os.environ, "PATH": f"{BESIDE_PYTHON}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert f"{file['id']}\ttäglich.jsonl\n" in done.stdout


def ids(capsys: Capture, kind: str = "files") -> list[str]:
    """The lines that a shell gets."""
    capsys.readouterr()
    with pytest.raises(SystemExit, match="0"):
        main(["completion", "--ids", kind])
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_an_id_comes_with_its_filename(larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x", "a\x1b[2J\tb.jsonl")
    assert ids(capsys) == [f"{file['id']}\ta\\x1b[2J\\tb.jsonl"]


def test_only_the_newest_are_asked_for(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "_MOST_IDS", 2)
    names = [larder.service.add_file(b"x")["id"] for _ in range(3)]
    assert [line.split("\t")[0] for line in ids(capsys)] == names[:0:-1]


def test_without_settings_nobody_is_asked(
    larder: Larder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ids(capsys) == []
    assert larder.service.requests == []


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_is_silent(status: int, larder: Larder, capsys: Capture) -> None:
    larder.fail_api(Fault("GET", "status", times=60, status=status, body=b"no"))
    assert ids(capsys) == []


def test_a_service_that_does_not_answer_is_left_after_a_moment(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "_SECONDS", 0.2)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-larder-any")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
        assert ids(capsys) == []
