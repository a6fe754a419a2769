"""Which Python and which machine an asset is built for."""

import platform
import subprocess
import sys
from dataclasses import dataclass

from uv import find_uv_bin


@dataclass(frozen=True)
class Target:
    """A Python version and, where it is not this machine's own, a platform.

    Args:
        python_version: Major and minor, such as "3.13".
        platform: uv's name of it, such as "aarch64-manylinux2014"; None is this machine.
    """

    python_version: str
    platform: str | None = None

    @property
    def label(self) -> str:
        """A name fit for a folder, such as `aarch64-manylinux2014-py3.13`."""
        return f"{self.platform or 'host'}-py{self.python_version}"


LAMBDA = Target(python_version="3.13", platform="aarch64-manylinux2014")


def host() -> Target:
    """This machine and the running interpreter, for the local stage."""
    return Target(python_version=f"{sys.version_info.major}.{sys.version_info.minor}")


def matching_interpreter(target: Target) -> str | None:
    """A Python of the target's version on this machine, for byte code; never downloads one.

    Byte code depends on the version alone, so any platform's interpreter will do.
    """
    if target.python_version == host().python_version:
        return sys.executable
    found = subprocess.run(
        [find_uv_bin(), "python", "find", "--no-python-downloads", target.python_version],
        capture_output=True,
        text=True,
        check=False,
    )
    path = found.stdout.strip()
    return path if found.returncode == 0 and path else None


def build_version(interpreter: str) -> str:
    """The exact version and implementation behind an interpreter, such as "CPython 3.13.2"."""
    if interpreter == sys.executable:
        return f"{platform.python_implementation()} {platform.python_version()}"
    script = "import platform as p; print(p.python_implementation(), p.python_version())"
    answer = subprocess.run(
        [interpreter, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()
