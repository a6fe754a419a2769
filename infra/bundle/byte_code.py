"""Compiling an asset's modules: without byte code a cold start takes about twice as long."""

import platform
import sys
from pathlib import Path

from infra.bundle import methods
from infra.bundle.errors import AssetError
from infra.bundle.interpreter import RUNTIME_ROOT, run_for, seen_at
from infra.bundle.pyodide import pyodide_version
from infra.bundle.target import Target

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
    seen = seen_at(folder, target)
    arguments = [target.python_version, "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"]
    arguments += ["-s", seen, "-p", RUNTIME_ROOT, seen]
    _run(target, _COMPILE, *arguments, folder=folder)


def compile_data_classes(folder: Path, target: Target) -> None:
    """Write into the byte code of the functions' modules what `dataclasses` would make of them.

    Raises:
        AssetError: A module cannot be compiled; the compiler's output is on stderr.
    """
    program = Path(methods.__file__).read_text(encoding="utf-8")
    _run(target, program, seen_at(folder, target), "lambdas", RUNTIME_ROOT, folder=folder)


def _run(target: Target, program: str, *arguments: str, folder: Path) -> None:
    done = run_for(target, program, *arguments, folder=folder)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise AssetError(
            f"The asset could not be compiled for Python {target.python_version}; "
            f"{compiler(target)} says why above."
        )
