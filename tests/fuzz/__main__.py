"""Tries all targets: their corpus first, and then anything, for a share of the time each.

Run by `make fuzz MINUTES=10`, `make fuzz ONLY=forms`, and for seconds by `make test`. Exits with 1,
after all targets had their time, when there was a fault.
"""

import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.findings import fault_of, report, told
from tests.fuzz.keeping import keep
from tests.fuzz.target import FINDINGS, ROOT, TARGETS, WORK, Target, target_of


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seconds", type=float, help="in place of minutes")
    parser.add_argument("--only", help="one target", metavar="TARGET")
    parser.add_argument("--replay", type=Path, help="try this one input, TARGET-…", metavar="FILE")
    parser.add_argument("--keep", action="store_true", help="add what was new to the corpus")
    asked = parser.parse_args()
    names = [asked.only] if asked.only else TARGETS
    if asked.replay:
        return replayed(asked.replay)
    if asked.keep:
        print("\n".join(keep(name) for name in names))
        return 0
    seconds = 60 * asked.minutes if asked.seconds is None else asked.seconds
    results = [fuzzed(target_of(name), seconds / len(names)) for name in names]
    if not is_guided():
        print("The corpus alone was tried: atheris has no wheel for this machine.")
    return 0 if all(results) else 1


def is_guided() -> bool:
    """Tell whether there is an engine: it has wheels for Linux on x86_64 alone."""
    return importlib.util.find_spec("atheris") is not None


def replayed(path: Path) -> int:
    """Try one input again."""
    target = target_of(path.name.partition("-")[0])
    error = fault_of(target, path.read_bytes())
    print(f"{target.name}: no fault" if error is None else told(error))
    return 0 if error is None else 1


def fuzzed(target: Target, seconds: float) -> bool:
    """Try a target, print what came of it, and return whether all was well."""
    entries = [path.read_bytes() for path in target.corpus]
    for entry in entries:
        if fault_of(target, entry) is not None:
            print(report(target, entry), flush=True)
            return False
    tried = f"{target.name:15} {len(entries):4} of the corpus"
    if is_guided() and seconds:
        since, ran = time.time(), _ran(target, seconds)
        if ran.returncode:
            print(_reported(target, since), flush=True)
            return False
        tried += f", {int(ran.stdout):9,} guided by coverage"
    print(f"{tried}: no fault", flush=True)
    return True


def _ran(target: Target, seconds: float) -> subprocess.CompletedProcess[str]:
    WORK.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.engine", target.name, str(seconds)]
    with _log(target).open("w") as log:
        return subprocess.run(command, check=False, cwd=ROOT, stdout=-1, stderr=log, text=True)


def _reported(target: Target, since: float) -> str:
    written = [
        path for path in FINDINGS.glob(f"{target.name}-*-*") if path.stat().st_mtime >= since - 1
    ]
    if not written:
        return f"{target.name}: the engine failed:\n{_log(target).read_text()[-2000:]}"
    newest = max(written, key=lambda path: path.stat().st_mtime)
    said = report(target, newest.read_bytes())
    newest.unlink()
    return said


def _log(target: Target) -> Path:
    return WORK / f"{target.name}.log"


if __name__ == "__main__":
    sys.exit(main())
