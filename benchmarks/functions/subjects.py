"""Who answers the recorded events: Larder's functions as deployed, and the twin."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from benchmarks.functions.processes import ROOT, Subject
from infra.bundle import build_asset, host

PEERS = ROOT / ".venv-peers"
TWINS = ("create_file", "get_file", "list_files")
"""The functions that the twin has too."""


def functions_subject(module: str) -> Subject:
    """A function of ours from the asset that the local stage deploys: for this machine."""
    return Subject(sys.executable, [_asset()], module)


@cache
def _asset() -> Path:
    return build_asset(host())


@contextmanager
def twin_subject() -> Iterator[Subject]:
    """The twin, its packages and itself compiled as our asset is."""
    (packages,) = PEERS.glob("lib/python*/site-packages")
    with tempfile.TemporaryDirectory(prefix="larder-twin-") as name:
        shutil.copy(ROOT / "benchmarks" / "peers" / "twin.py", name)
        compiling = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode"]
        for folder in (str(packages), name):
            subprocess.run([*compiling, "unchecked-hash", folder], check=True)
        yield Subject(str(PEERS / "bin" / "python"), [packages, Path(name)], "twin")
