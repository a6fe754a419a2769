"""Tries one target, guided by coverage: one process of libFuzzer, which ends with the time.

    python -m tests.fuzz.engine NAME SECONDS [libFuzzer's arguments]

Prints how many inputs it tried. At a fault it writes the input to `FINDINGS`, and exits with 77, or
70 when one input took longer than `SLOWEST` seconds.
"""

import os
import sys
import time
from pathlib import Path

import atheris

from tests.fuzz.target import CORPUS, FINDINGS, WORK, Target, target_of

# What coverage is measured of: the product, and what its answers are compared with.
MEASURED = [
    "lambdas",
    "front_door",
    "larder",
    "multipart",
    "python_multipart",
    "werkzeug.sansio",
    "tests.fuzz.planted",
]
LONGEST = 4096
SLOWEST = 20


def main() -> None:
    """Fuzz; does not return."""
    name, seconds, *more = sys.argv[1:]
    with atheris.instrument_imports(include=MEASURED):
        target = target_of(name)
    deadline = time.monotonic() + float(seconds)
    tried = 0

    def one(data: bytes) -> None:
        nonlocal tried
        if time.monotonic() >= deadline:
            print(tried, flush=True)
            os._exit(0)
        tried += 1
        target.run(data)

    atheris.Setup([sys.argv[0], *_arguments(target, more)], one)
    atheris.Fuzz()


def _arguments(target: Target, more: list[str]) -> list[str]:
    found = WORK / target.name
    for folder in (found, FINDINGS):
        folder.mkdir(parents=True, exist_ok=True)
    folders = [str(found), str(CORPUS / target.name)]
    options = [
        f"-artifact_prefix={FINDINGS}/{target.name}-",
        f"-dict={_dictionary(target)}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-report_slow_units={SLOWEST}",
    ]
    return [*options, *(more or [one for one in folders if Path(one).is_dir()])]


def _dictionary(target: Target) -> Path:
    """Write the target's tokens as libFuzzer reads them.

    https://llvm.org/docs/LibFuzzer.html#dictionaries
    """
    path = WORK / f"{target.name}.dict"
    words = ("".join(f"\\x{byte:02x}" for byte in token) for token in target.tokens)
    path.write_text("".join(f'"{word}"\n' for word in words))
    return path


if __name__ == "__main__":
    main()
