"""Five seconds of what `make fuzz` does for longer, a second for each of five targets.

It runs in an environment of its own.
"""

import platform
import re
import shlex
import subprocess
import sys

import pytest

from tests.fuzz.findings import shortest
from tests.fuzz.target import ROOT, TARGETS

PYTHON = ROOT / ".venv-fuzz" / "bin" / "python"
AT_ONCE = 5

guided = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="atheris has no wheel for this machine",
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(str(PYTHON), "-m", "tests.fuzz", *arguments)


def tried(output: str) -> dict[str, tuple[int, int]]:
    """Read how many of the corpus were tried of each target, and how many others."""
    pattern = r"^(\w+) +(\d+) of the corpus(?:, +([\d,]+) guided by coverage)?: no fault$"
    found = re.findall(pattern, output, re.MULTILINE)
    return {name: (int(kept), int(new.replace(",", "") or 0)) for name, kept, new in found}


def test_nothing_is_found_in_the_corpus() -> None:
    ran = fuzz("--seconds", "0")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = tried(ran.stdout)
    assert list(counts) == list(TARGETS)
    assert all(kept >= 5 for kept, _ in counts.values()), counts


@guided
@pytest.mark.drawn("target", TARGETS, AT_ONCE)
def test_nothing_is_found_in_a_second(target: str) -> None:
    ran = fuzz("--only", target, "--seconds", "1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ((_, new),) = tried(ran.stdout).values()
    assert new > 10


@pytest.mark.parametrize("target", ["forms", "ranges"])
def test_every_difference_that_is_listed_has_an_example_which_shows_it(target: str) -> None:
    asked = f"from tests.fuzz.targets.{target} import superfluous; print(superfluous())"
    said = run(str(PYTHON), "-c", asked)
    assert said.stdout == "[]\n", said.stdout + said.stderr


@guided
def test_a_planted_fault_is_found_made_short_and_shown_again() -> None:
    """Or the test above would say nothing."""
    found = fuzz("--only", "planted", "--seconds", "60")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "LookupError: a planted fault, in 8 bytes" in found.stdout
    (command,) = re.findall(r"^  again: (.+)$", found.stdout, re.MULTILINE)
    again = run(*shlex.split(command))
    assert (again.returncode, "LookupError: a planted fault" in again.stdout) == (1, True)


def test_what_a_fault_has_no_need_of_is_left_out() -> None:
    assert shortest(b"xx<xxx>x", lambda data: b"<" in data and b">" in data) == b"<>"
