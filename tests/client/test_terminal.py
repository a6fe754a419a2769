"""What others wrote reaches the terminal as text, and obeys nobody."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from larder.cli import main
from larder.cli.terminal import shown
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault

Capture = pytest.CaptureFixture[str]
MakeFile = Callable[..., Path]

HOSTILE = "a\x1b[2J\x9b31m\x07\x7f\u202egpj.\u2066b\r\nlarder: done\x85\u2028\ud800\u200f"
SHOWN = r"a\x1b[2J\x9b31m\x07\x7f\u202egpj.\u2066b\r\nlarder: done\x85\u2028\ud800\u200f"


@given(st.text(st.characters(exclude_categories=[])))
@example(HOSTILE)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    obeyed = {"B", "S", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}
    for character in shown(text):
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        if unicodedata.category(character) == "Cf":
            assert unicodedata.bidirectional(character) not in obeyed - {"BN"}


@pytest.mark.parametrize(
    "text", ["täglich 1.jsonl", "日本語　.jsonl", "שלום.txt", "👩\u200d🔬", "a\\b"]
)
def test_an_ordinary_name_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text


def assert_shown(output: str) -> None:
    assert SHOWN in output
    assert not set(output) & set(HOSTILE) - set(SHOWN) - {"\n"}


@pytest.mark.parametrize("command", [["list"], ["show", "FILE"]])
def test_a_files_name_in_a_table(command: list[str], larder: Larder, capsys: Capture) -> None:
    file = larder.service.add_file(b"x", HOSTILE)
    assert main([file["id"] if word == "FILE" else word for word in command]) == 0
    output = capsys.readouterr().out
    assert_shown(output)
    assert len(output.splitlines()) == 2


def test_a_files_name_in_json_is_ascii(larder: Larder, capsys: Capture) -> None:
    larder.service.add_file(b"x", HOSTILE)
    assert main(["list", "--json"]) == 0
    output = capsys.readouterr().out
    assert output.isascii()
    assert set(output) & set(map(chr, range(32))) == {"\n"}
    assert json.loads(output)["filename"] == HOSTILE


COMMANDS = ["list", "show", "delete", "usage", "upload", "download"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_message_of_the_service(
    command: str, larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    body = json.dumps({"error": {"message": HOSTILE.replace("\r\n", "").replace("\x85", "")}})
    larder.fail_api(Fault("", "status", status=400, body=body.encode()))
    path = str(a_file(10))
    assert main([command, *{"list": [], "usage": [], "upload": [path]}.get(command, ["x"])]) == 1
    error = capsys.readouterr().err
    assert r"a\x1b[2J\x9b31m\x07\x7f\u202egpj.\u2066b" in error
    assert error.isascii()
    assert error.count("\n") == 1


def test_an_error_code_of_s3(larder: Larder, capsys: Capture, tmp_path: Path) -> None:
    body = b"<Error><Code>\x1b[2J\r\nlarder: all well\xc2\x9b</Code></Error>"
    larder.fail_s3(Fault("GET", "status", status=400, body=body))
    file = larder.service.add_file(b"content")
    assert main(["download", file["id"], "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error == "larder: S3 refused the content: \\x1b[2J\\r\\nlarder: all well\\x9b\n"


@pytest.mark.parametrize("command", ["delete", "show", "upload", "download"])
def test_an_argument(command: str, larder: Larder, capsys: Capture) -> None:
    # As a command line brings what is no UTF-8.
    assert main([command, HOSTILE.replace("\ud800", "\udcff")]) != 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.isascii()
    assert output.err.count("\n") == 1


def test_an_argument_that_nobody_asked_for(capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["usage", HOSTILE])
    assert_shown(capsys.readouterr().err)


def test_a_path_that_was_written(larder: Larder, tmp_path: Path, capsys: Capture) -> None:
    file = larder.service.add_file(b"content")
    assert main(["download", file["id"], "-o", str(tmp_path / "a\x1b[2J\udcff")]) == 0
    assert capsys.readouterr().out.endswith("a\\x1b[2J\\udcff\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a descriptor")
@pytest.mark.parametrize("arguments", [["list", "--json"], ["upload", "PATH"]])
def test_a_closed_standard_output_is_one_line_and_nothing_is_done(
    arguments: list[str], larder: Larder, a_file: MakeFile
) -> None:
    words = [str(a_file(10)) if word == "PATH" else word for word in arguments]
    line = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "larder.cli", *words]
    process = subprocess.run(line, capture_output=True, check=False)
    assert process.returncode == 1
    assert process.stderr == b"larder: standard output is closed\n"
    assert larder.service.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a descriptor")
def test_a_closed_standard_error_is_silence(larder: Larder, a_file: MakeFile) -> None:
    line = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-m", "larder.cli"]
    process = subprocess.run([*line, "upload", a_file(100)], capture_output=True, check=False)
    assert process.returncode == 0
    assert process.stdout.startswith(b"file-")
    process = subprocess.run([*line, "show", "none", "--json"], capture_output=True, check=False)
    assert (process.returncode, process.stdout) == (4, b"")


@pytest.mark.parametrize(
    "encoding", ["cp1252", "ascii", "latin-1", "cp1252:strict", "utf-8", "C locale"]
)
def test_a_name_that_the_encoding_lacks_is_escaped(
    encoding: str, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> None:
    if encoding == "C locale":
        for setting, value in (("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0")):
            monkeypatch.setenv(setting, value)
    else:
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
    larder.service.add_file(b"x", "日.jsonl")
    name = "日.jsonl" if encoding == "utf-8" else "\\u65e5.jsonl"
    for arguments, code in ((["list"], 0), (["--help"], 0), (["upload", "日.jsonl"], 2)):
        line = [sys.executable, "-m", "larder.cli", *arguments]
        process = subprocess.run(line, capture_output=True, check=False)
        assert process.returncode == code
        assert process.stderr.count(b"\n") == (0 if code == 0 else 1)
        if encoding != "C locale" or code == 0:  # whose arguments are read as its encoding has them
            printed = process.stdout if code == 0 else process.stderr
            assert arguments == ["--help"] or name.encode() in printed


def test_ctrl_c_while_the_command_is_loaded_is_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(argv: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("larder.cli.parser.build_parser", interrupted)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "larder: interrupted\n"
