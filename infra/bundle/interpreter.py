"""Runs programs by the Python of a target: this machine's own, or Lambda's as Pyodide has it."""

import os
import subprocess
import sys
from pathlib import Path

from infra.bundle.pyodide import run_in_pyodide
from infra.bundle.target import Target

# Where Lambda unpacks an asset: the source path that byte code names. Fargate unpacks it elsewhere.
RUNTIME_ROOT = "/var/task"


def seen_at(folder: Path, target: Target) -> str:
    """Where a program that is run for a target sees a folder."""
    return str(folder) if target.platform is None else RUNTIME_ROOT


def run_for(
    target: Target, program: str, *arguments: str, folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a program as `python -c` does, with a folder to read and to write.

    The hash seed is fixed, so that the order of sets does not change what it writes.
    """
    if target.platform is not None:
        return run_in_pyodide(program, *arguments, folder=folder, mounted_at=RUNTIME_ROOT)
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
