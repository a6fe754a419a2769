"""`upload_file`, `download_file` and the drop-in with openai 1 and an early 2."""

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.client.conftest import Larder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("older_sdk.py")


@pytest.mark.parametrize(("packages", "version"), [("openai-1", "1."), ("openai-2", "2.0.0")])
def test_large_files_go_through_an_older_sdk(
    packages: str, version: str, larder: Larder, tmp_path: Path
) -> None:
    larder.service.part_bytes = 2**20
    python = ROOT / f".venv-{packages}" / "bin" / "python"
    assert python.exists(), "its environment is not installed: run `make setup`"
    larders_own = sysconfig.get_paths()["purelib"]
    line: list[str | Path] = [python, "-W", "error", SCRIPT, larders_own, tmp_path]
    done = subprocess.run(
        line, env=os.environ, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    used = json.loads(done.stdout)
    assert used["openai"].startswith(version)
    assert Path(used["file"]).is_relative_to(ROOT / f".venv-{packages}")
    assert len(larder.service.files) == 6
