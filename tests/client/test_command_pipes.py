"""What comes through a pipe, or goes into one."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.cli import main
from tests.client.conftest import Larder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX's pipes and devices"),
]

Capture = pytest.CaptureFixture[str]
MakeFile = Callable[..., Path]
LARDER = [sys.executable, "-m", "larder.cli"]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "a pipe")
    return tmp_path / "a pipe"


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
@pytest.mark.parametrize("size", [0, 10, 5 * 2**20])
def test_standard_input_is_uploaded(name: str, size: int, larder: Larder) -> None:
    data = os.urandom(size)
    line = [*LARDER, "upload", name, "--no-validate"]
    process = subprocess.run(line, input=data, capture_output=True, check=True)
    file_id = process.stdout.decode().strip()
    assert larder.service.content(file_id) == data
    assert larder.service.files[file_id]["filename"] == "stdin"


def test_standard_input_from_a_file_goes_from_where_it_stands(
    larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(1000)
    with path.open("rb", buffering=0) as file:
        file.read(400)
        subprocess.run(
            [*LARDER, "upload", "-", "--no-validate"], stdin=file, capture_output=True, check=True
        )
    assert larder.service.content(*larder.service.files) == path.read_bytes()[400:]


def test_a_closed_standard_input_is_one_line(larder: Larder) -> None:
    line = ["sh", "-c", 'exec "$@" <&-', "sh", *LARDER, "upload", "-"]
    process = subprocess.run(line, capture_output=True, check=False)
    assert process.returncode == 1
    assert process.stderr == b"larder: -: standard input is closed\n"


@pytest.mark.parametrize("path", ["-", "PIPE", "PATH"])
def test_a_name_can_be_given(
    path: str, larder: Larder, pipe: Path, a_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = threading.Thread(target=lambda: path == "PIPE" and pipe.write_bytes(b"x"))
    writer.start()
    words = {"PIPE": str(pipe), "PATH": str(a_file(1))}
    line = [*LARDER, "upload", words.get(path, path), "--filename", "täglich.jsonl"]
    line.append("--no-validate")
    subprocess.run(line, input=b"x", capture_output=True, check=True)
    writer.join()
    (file,) = larder.service.files.values()
    assert (file["filename"], file["bytes"]) == ("täglich.jsonl", 1)


def test_a_name_is_that_of_one_file(larder: Larder, a_file: MakeFile, capsys: Capture) -> None:
    path = str(a_file(10))
    assert main(["upload", path, path, "--filename", "a"]) == 2
    assert "--filename names one file, not 2" in capsys.readouterr().err
    assert larder.service.requests == []


def test_a_pipe_is_uploaded_by_its_name(larder: Larder, pipe: Path) -> None:
    data = os.urandom(100_000)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    assert main(["upload", str(pipe), "--no-validate"]) == 0
    writer.join()
    (file,) = larder.service.files.values()
    assert larder.service.content(file["id"]) == data
    assert file["filename"] == "a pipe"


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="needs bash")
def test_a_process_substitution_is_uploaded_and_downloaded_to(
    larder: Larder, tmp_path: Path
) -> None:
    script = (
        '"$@" upload --no-validate <(echo content) && '
        '"$@" download file-%026d -o >(cat > "$OUT"; echo)'
    )
    environment = {**os.environ, "OUT": str(tmp_path / "out")}
    line = ["/bin/bash", "-c", f"{script % 0} | cat", "bash", *LARDER]
    subprocess.run(line, env=environment, capture_output=True, check=True)
    assert larder.service.content(*larder.service.files) == b"content\n"
    assert (tmp_path / "out").read_bytes() == b"content\n"


@pytest.mark.parametrize("options", [[], ["--force"]])
def test_a_pipe_is_written_to_in_order_and_stays_one(
    options: list[str], larder: Larder, pipe: Path, capsys: Capture
) -> None:
    content = os.urandom(3_000_000)
    file = larder.service.add_file(content)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert main(["download", file["id"], "-o", str(pipe), *options]) == 0
    reader.join()
    assert read == [content]
    assert pipe.is_fifo()
    assert capsys.readouterr().out == f"{pipe}\n"


def test_a_pipe_that_has_the_files_own_name_was_not_asked_for(
    larder: Larder, pipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(pipe.parent)
    file = larder.service.add_file(b"content", pipe.name)
    assert main(["download", file["id"]]) == 1
    assert "exists" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["/dev/null", "/dev//null", "/dev/./null"])
def test_nothing_is_replaced_by_what_goes_nowhere(
    name: str, larder: Larder, capsys: Capture
) -> None:
    file = larder.service.add_file(b"content")
    assert main(["download", file["id"], "-o", name]) == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev//stdout"])
def test_standard_output_takes_the_content_alone_wherever_it_goes(
    name: str, larder: Larder, tmp_path: Path
) -> None:
    file = larder.service.add_file(b"content")
    line = [*LARDER, "download", file["id"], "-o", name]
    with (tmp_path / "out").open("wb") as output:
        subprocess.run(line, stdout=output, check=True)
    assert (tmp_path / "out").read_bytes() == b"content"
    assert subprocess.run(line, capture_output=True, check=True).stdout == b"content"
