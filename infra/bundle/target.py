"""Which Python and which machine an asset is built for."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A Python version and, where it is not this machine's own, a platform.

    Args:
        python_version: Major and minor, such as "3.14".
        platform: uv's name of it, such as "aarch64-manylinux2014"; None is this machine.
    """

    python_version: str
    platform: str | None = None

    @property
    def label(self) -> str:
        """A name fit for a folder, such as `aarch64-manylinux2014-py3.14`."""
        return f"{self.platform or 'host'}-py{self.python_version}"


LAMBDA = Target(python_version="3.14", platform="aarch64-manylinux2014")


def host() -> Target:
    """This machine and the running interpreter, for the local stage."""
    return Target(python_version=f"{sys.version_info.major}.{sys.version_info.minor}")
