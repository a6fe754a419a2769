"""What signs the front door's requests to AWS."""

import os
import subprocess
import sys

from infra.front_door_settings import SIGNS_WITHOUT_CRT
from infra.local.emulator import ROOT


def test_signing_a_part_copies_nothing() -> None:
    program = "import front_door.app, botocore.compat; print(botocore.compat.HAS_CRT)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **SIGNS_WITHOUT_CRT},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
