"""Runs one command and measures it."""

import json
import subprocess
import sys
from dataclasses import dataclass

# A process of its own between this one and the command: Linux counts in a child's peak what its
# parent had when it started it, and this one has much.
_LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - start
cpu = used.ru_utime + used.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_maxrss, cpu]))
"""
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """What a command printed first, its wall time, the transfer's own, its peak and its CPU.

    `last` is what it printed last.
    """

    output: str
    wall_seconds: float
    seconds: float
    peak_bytes: int
    cpu_seconds: float
    last: str = ""


def run(command: list[str], environment: dict[str, str]) -> Run:
    """Runs the command to its end; one that fails ends the benchmark."""
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    *printed, last = done.stdout.splitlines()
    exit_code, wall, peak, cpu = json.loads(last)
    assert exit_code == 0, f"{command[:3]} exited with {exit_code}"
    return Run(
        output=printed[0] if printed else "",
        wall_seconds=wall,
        seconds=_number(printed[-1], wall) if printed else wall,
        peak_bytes=peak * _MAXRSS_UNIT,
        cpu_seconds=cpu,
        last=printed[-1] if printed else "",
    )


def _number(line: str, otherwise: float) -> float:
    try:
        return float(line)
    except ValueError:
        return otherwise
