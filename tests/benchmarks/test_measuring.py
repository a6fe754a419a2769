"""What the benchmark says of a server, and of one contestant against another."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks import report
from benchmarks.ogx import OGX
from benchmarks.report import Measured, Turn
from benchmarks.run import Run, run
from benchmarks.servers import Server, Use

MIB = 2**20
ROOT = Path(__file__).resolve().parents[2]

# For each line that it reads it works for a third of a second and takes 64 MiB, for a while.
BUSY = """
import sys, time
for line in sys.stdin:
    taken = b"x" * (64 * 2**20)
    while time.process_time() < float(line):
        pass
    del taken
    print("done", flush=True)
"""


@pytest.fixture
def busy() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", BUSY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def work(process: "subprocess.Popen[str]", until: float) -> None:
    """Have it work until it has used so many seconds in all."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{until}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def test_a_server_is_watched_only_for_the_length_of_the_block(
    busy: "subprocess.Popen[str]",
) -> None:
    work(busy, until=0.5)
    seen = psutil.Process(busy.pid)
    server = Server("http://127.0.0.1/v1", seen, seen.memory_info().rss)
    with server.watched() as use:
        work(busy, until=0.8)
    work(busy, until=1.2)
    assert 0.25 <= use.cpu_seconds <= 0.4
    assert use.peak_bytes - server.idle_bytes >= 60 * MIB


def test_a_command_is_measured_with_what_it_says_of_itself() -> None:
    program = "import time\nwhile time.process_time() < 0.3: pass\nprint('file-1')\nprint(0.125)"
    ran = run([sys.executable, "-c", program], dict(os.environ))
    assert (ran.output, ran.seconds) == ("file-1", 0.125)
    assert ran.wall_seconds >= ran.cpu_seconds >= 0.3


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a report onto a page of its own; returns the page."""
    page = tmp_path / "benchmarks.md"
    page.write_text("before\n<!-- transfer: begin -->\nold\n<!-- transfer: end -->\nafter\n")
    monkeypatch.setattr(report, "PAGE", page)

    def write(*measured: Measured) -> str:
        report.write_report(list(measured), ["A remark."])
        return page.read_text()

    return write


def took(client: str, seconds: float, server: Use | None = None, mib: int = 512) -> Measured:
    turn = Turn(Run("file-1", seconds + 1, seconds, 50 * MIB, 0.5), server, 60 * MIB)
    return Measured(client, mib, turn, turn)


def test_a_contestant_is_compared_within_its_round(written: Callable[..., str]) -> None:
    page = written(took("boto3", 2), took("larder", 1), took("boto3", 8), took("larder", 8))
    assert "| larder, up | 288 (64–512) | 1.50 (1.00–2.00)× |" in page


def test_a_server_is_told_by_what_it_took_a_gib(written: Callable[..., str]) -> None:
    use = Use(cpu_seconds=0.75, peak_bytes=90 * MIB)
    page = written(took("boto3", 2), took("openai, front door", 2, use))
    row = "| openai, front door, down | 256 (256–256) | 1.00 (1.00–1.00)× |"
    assert f"{row} 1.50 (1.50–1.50) s/GiB | 60 MiB | 30 MiB |" in page


def test_smaller_files_are_compared_with_the_peer(written: Callable[..., str]) -> None:
    use = Use(cpu_seconds=0.1, peak_bytes=70 * MIB)
    small = [took("openai, front door", 1, use, mib=100), took(OGX, 3, use, mib=100)]
    page = written(took("boto3", 2), *small)
    assert "| openai, front door, up | 100 (100–100) | 3.00 (3.00–3.00)× |" in page


def test_the_page_keeps_what_is_around_the_report(written: Callable[..., str]) -> None:
    page = written(took("boto3", 2))
    assert page.startswith("before\n<!-- transfer: begin -->\n")
    assert page.endswith("\nA remark.\n<!-- transfer: end -->\nafter\n")
    assert "old" not in page


def test_without_a_python_for_ogx_the_benchmark_goes_on(tmp_path: Path) -> None:
    script = ROOT / "requirements" / "make-ogx-venv.sh"
    done = subprocess.run(
        [shutil.which("sh") or "sh", str(script), "/bin/false"],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "OGX is left out: it needs Python 3.12 or newer" in done.stderr
    assert list(tmp_path.iterdir()) == []
