"""Compiling an asset's modules: without byte code a cold start takes about twice as long."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from infra.bundle.errors import AssetError
from infra.bundle.pyodide import pyodide_version, run_in_pyodide
from infra.bundle.target import Target

# Where Lambda unpacks an asset: the source path that byte code names. Fargate unpacks it elsewhere.
RUNTIME_ROOT = "/var/task"

_COMPILE = """
import compileall, sys
wanted = sys.argv.pop(1)
found = "%d.%d" % sys.version_info[:2]
sys.exit(not compileall.main() if found == wanted else f"This is Python {found}, not {wanted}.")
"""


def compiler(target: Target) -> str:
    """The compiler for a target, with its exact version: equal compilers write equal byte code.

    Byte code depends on the Python version, not on the machine. So for this machine the running
    interpreter compiles it, and for Lambda Pyodide does.

    Raises:
        AssetError: Pyodide is not installed.
    """
    if target.platform is None:
        return f"{platform.python_implementation()} {platform.python_version()}"
    if version := pyodide_version():
        return f"Pyodide {version}"
    raise AssetError("Pyodide, which compiles for Lambda, is not installed here. Run: make setup")


def compile_modules(folder: Path, target: Target) -> None:
    """Write the byte code of all modules below a folder, beside them.

    It is hash-based and unchecked (https://peps.python.org/pep-0552/), since file times inside a
    zip would not match, and sources never change.

    Raises:
        AssetError: A module cannot be compiled; the compiler's output is on stderr.
    """
    seen_at = str(folder) if target.platform is None else RUNTIME_ROOT
    arguments = [target.python_version, "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"]
    arguments += ["-s", seen_at, "-p", RUNTIME_ROOT, seen_at]
    if target.platform is None:
        done = _run_here(_COMPILE, *arguments)
    else:
        done = run_in_pyodide(_COMPILE, *arguments, folder=folder, mounted_at=RUNTIME_ROOT)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise AssetError(
            f"The asset could not be compiled for Python {target.python_version}; "
            f"{compiler(target)} says why above."
        )


def _run_here(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        # A fixed hash seed, so that the order of sets does not change the byte code.
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
