"""How fast a batch is validated, beside `json.loads` of each line in the same run.

Lines are of 500 bytes to 4 KiB, chat requests of random words, a third of them not ASCII. Each way
runs in a process of its own, so that its peak of memory is its own; what counts is the processor's
time, which other programs on the machine do not add to.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.sections import Scale

MB = 10**6
BYTES = 200 * MB
ROUNDS = 3

# What a process needs before it begins is no part of the growth.
_ONE_WAY = """
import json, sys, time
import larder.batch.validate
from larder.batch.limits import BatchLimits

def validate(path):
    limits = BatchLimits(bytes=None, requests=None)
    larder.batch.validate.validate_batch(path, limits=limits).raise_if_invalid()

def plain(path):
    with open(path, "rb") as file:
        for line in file:
            json.loads(line)

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

way = {"validate": validate, "json.loads": plain}[sys.argv[1]]
before, begun = peak(), time.process_time()
way(sys.argv[2])
print(json.dumps([time.process_time() - begun, (peak() - before) / 1024]))
"""


def measure(scale: Scale) -> Measured:
    """Read a batch both ways, by turns."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "batch.jsonl"
        lines = write_batch(path, BYTES)
        size = path.stat().st_size / MB
        for _ in range(scale.rounds_or(ROUNDS)):
            taken = {}
            for way in ("json.loads", "validate"):
                taken[way], grown = run(way, path)
                yield Value(way, "rate", "MB/s", size / taken[way])
                yield Value(way, "lines", "lines/s", lines / taken[way])
                yield Value(way, "grown", "MiB", grown)
                yield Value(way, "of json.loads's time", "", taken[way] / taken["json.loads"])
    yield Remark(f"{size:.0f} MB in {lines:,} lines.")


def run(way: str, path: Path) -> tuple[float, float]:
    line = [sys.executable, "-c", _ONE_WAY, way, str(path)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    seconds, mib = json.loads(done.stdout)
    return seconds, mib


def write_batch(path: Path, size: int) -> int:
    """Writes so many bytes or a few more; returns the number of lines."""
    chosen = random.Random(1)
    words = ["".join(chosen.choices("etaoinshrdlu", k=chosen.randint(2, 9))) for _ in range(2000)]
    others = [f"{word}é中" for word in words[:200]]
    lines = 0
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(_line(lines, chosen, words + others if lines % 3 == 0 else words))
            lines += 1
    return lines


def _line(number: int, chosen: random.Random, words: list[str]) -> bytes:
    text = " ".join(chosen.choices(words, k=chosen.randint(40, 560)))
    messages = [
        {"role": "system", "content": 'You answer in "one" line.\n'},
        {"role": "user", "content": text},
    ]
    request = {
        "custom_id": f"request-{number:08}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "meta-llama/Llama-3.1-8B", "messages": messages, "max_tokens": 1000},
    }
    return json.dumps(request, ensure_ascii=number % 2 == 0).encode() + b"\n"
