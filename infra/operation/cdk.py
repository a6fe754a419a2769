"""Running the CDK's command line."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from infra.choice import Choice
from infra.operation.errors import OperationError

ROOT = Path(__file__).resolve().parents[2]
ASSEMBLY = "cdk.out"
_CDK = ROOT / "node_modules" / ".bin" / "cdk"
# What the CDK adds when our own program has reported in a line what is wrong.
_ECHO = re.compile(r"^.*Subprocess exited with error \d+.*\n?", re.MULTILINE)

Run = Callable[[Sequence[str]], int]


def run_cdk(arguments: Sequence[str]) -> int:
    """Run a command of the CDK in this terminal; its exit code."""
    return subprocess.run([_CDK, *arguments], cwd=ROOT, env=_environment(), check=False).returncode


def synthesize(arguments: Sequence[str]) -> int:
    """Run `cdk synth`, of which a person sees nothing unless it fails; its exit code."""
    done = subprocess.run(
        [_CDK, *arguments],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(_ECHO.sub("", done.stdout + done.stderr))
    return done.returncode


def _environment() -> dict[str, str]:
    """The CDK runs `node` and `python3`: those that are locked."""
    programs = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def write_assembly(choice: Choice, run: Run, *, protect: bool) -> None:
    """Synthesize the stage into `cdk.out`.

    Args:
        choice: What the command line chose.
        run: See `synthesize`.
        protect: Whether what is retained is protected.

    Raises:
        OperationError: It could not be synthesized, and the CDK's reason is on stderr.
    """
    protected = replace(choice, protect=str(protect).lower())
    if run(["synth", *context(protected), "--quiet", "--output", ASSEMBLY]) != 0:
        raise OperationError("The templates could not be made.")


def context(choice: Choice) -> list[str]:
    """The arguments that tell the app what was chosen."""
    names = Choice.__dataclass_fields__
    given = {
        name: getattr(choice, name) for name in names if getattr(choice, name) not in (None, "")
    }
    return [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
