"""The circumstances of a run: this machine and what is installed on it."""

import os
import platform
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.results.record import Circumstances


def circumstances(
    command: str, packages: Iterable[str], others: Mapping[str, str]
) -> Circumstances:
    """Say where this is run, and with which packages.

    Args:
        command: What measures it again.
        packages: Those of this environment that matter.
        others: Versions of other environments' packages, by name.
    """
    return Circumstances(
        machine=f"{platform.system()} {platform.machine()}",
        processor=processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        packages={**{name: version(name) for name in packages}, **others},
        command=command,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def processor() -> str:
    """The processor's model, as far as the system tells."""
    facts = Path("/proc/cpuinfo")
    if facts.exists() and (found := re.search(r"model name\s*: (.+)", facts.read_text())):
        return found[1]
    return platform.processor() or platform.machine()


def versions_in(environment: Path, names: Iterable[str]) -> dict[str, str]:
    """The versions of packages in another virtual environment, as far as they are there."""
    found = {}
    for name in names:
        pattern = f"lib/python*/site-packages/{name.replace('-', '_')}-*.dist-info"
        for folder in environment.glob(pattern):
            found[name] = folder.name.removesuffix(".dist-info").rpartition("-")[2]
    return found
