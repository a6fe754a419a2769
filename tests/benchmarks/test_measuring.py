"""What the benchmark says of a server, and of one contestant against another."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.ogx import OGX
from benchmarks.pages import replaced
from benchmarks.run import Run, run
from benchmarks.sections.turns import Turn, race_values
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


def took(seconds: float, server: Use | None = None) -> dict[str, Turn]:
    turn = Turn(Run("file-1", seconds + 1, seconds, 50 * MIB, 0.5), server, 60 * MIB)
    return {"up": turn, "down": turn}


def values(mib: int, **turns: dict[str, Turn]) -> dict[tuple[str, str, str], float]:
    """What a race says, by table, row and column."""
    of_round = {OGX if name == "ogx" else name: ways for name, ways in turns.items()}
    return {(one.table, one.row, one.name): one.value for one in race_values(mib, of_round)}


def test_a_contestant_is_compared_within_its_round() -> None:
    found = values(512, boto3=took(8), larder=took(4))
    assert found["512 MiB", "larder, up", "against boto3"] == 2
    assert found["512 MiB", "larder, up", "command against boto3's"] == 9 / 5
    assert found["512 MiB", "boto3, down", "transfer"] == 64


def test_a_server_is_told_by_what_it_took_a_gib() -> None:
    use = Use(cpu_seconds=0.75, peak_bytes=90 * MIB)
    found = values(512, boto3=took(2), door=took(2, use))
    table, row = "512 MiB through a server", "door, down"
    assert found[table, row, "server's CPU"] == 1.5
    assert (found[table, row, "its memory before"], found[table, row, "grown"]) == (60, 30)
    assert not any(row.startswith("boto3") for title, row, _ in found if title == table)


def test_smaller_files_are_compared_with_the_peer() -> None:
    use = Use(cpu_seconds=0.1, peak_bytes=70 * MIB)
    found = values(100, door=took(1, use), ogx=took(3, use))
    assert found["100 MiB through a server", "door, up", f"against {OGX}"] == 3
    assert {title for title, _, _ in found} == {"100 MiB through a server"}


def test_a_page_keeps_what_is_around_a_table() -> None:
    page = "before\n<!-- warm: begin -->\nold\n<!-- warm: end -->\nafter\n"
    written = replaced(page, "warm", "new")
    assert written == "before\n<!-- warm: begin -->\nnew\n<!-- warm: end -->\nafter\n"


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
