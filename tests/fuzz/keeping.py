"""The corpus: of what was tried, the fewest and shortest inputs that reach all that was reached."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.target import CORPUS, ROOT, WORK, target_of

FOREVER = "1e9"


def keep(name: str) -> str:
    """Put the corpus of a target together anew, from the old one and what runs have found."""
    corpus, found = CORPUS / name, WORK / name
    corpus.mkdir(exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=WORK) as merged:
        command = [sys.executable, "-m", "tests.fuzz.engine", name, FOREVER]
        folders = [merged, str(corpus), str(found)]
        subprocess.run([*command, "-merge=1", *folders], check=True, cwd=ROOT, capture_output=True)
        shutil.rmtree(corpus)
        corpus.mkdir()
        for path in Path(merged).iterdir():
            shutil.copyfile(path, corpus / path.name[:16])
    kept = target_of(name).corpus
    return f"{name}: {len(kept)} entries, {sum(path.stat().st_size for path in kept)} bytes"
