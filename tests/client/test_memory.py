"""Memory does not grow with the file."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.client.conftest import Larder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc"),
]

MIB = 2**20

# The imports are in both figures, so that their difference is the transfer's. Linux counts in
# `ru_maxrss` what the parent had when it started the process, hence VmHWM.
SCRIPT = """
import asyncio, json, pathlib, subprocess, sys
import anycrc, openai, larder, larder.sdk.drop_in
import larder.sdk.download_file, larder.sdk.upload_file
from larder.cli import main

def peak():
    status = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

way, path = sys.argv[1:]
before = peak()
if way == "upload":
    assert main(["upload", path, "--json"]) == 0
elif way == "validate":
    import larder.batch.validate
    before = peak()
    assert main(["validate", path]) == 0
elif way == "download":
    assert main(["download", path, "-o", sys.argv[0] + ".out", "--json"]) == 0
elif way == "stream":
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as process:
        larder.upload_file(openai.OpenAI(), process.stdout, purpose="batch")
elif way == "download_file":
    assert larder.download_file(openai.OpenAI(), path, sys.argv[0] + ".out").verified
elif way == "download_file to a stream":
    with open(sys.argv[0] + ".out", "wb") as out:
        assert larder.download_file(openai.OpenAI(), path, out).verified
elif way == "drop-in":
    client = openai.OpenAI(http_client=larder.http_client())
    client.files.create(file=open(path, "rb"), purpose="batch")
else:
    client = openai.AsyncOpenAI(http_client=larder.async_http_client())
    asyncio.run(client.files.create(file=open(path, "rb"), purpose="batch"))
print(json.dumps([before, peak()]), file=sys.stderr)
"""


def grown(tmp_path: Path, way: str, path: str | Path) -> float:
    """By how many MiB the peak of a process grew that transferred the file this way."""
    script = tmp_path / "transfer.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, way, path], check=True, capture_output=True, timeout=120
    )
    before, after = json.loads(done.stderr.splitlines()[-1])
    return float(after - before) / 1024


@pytest.fixture
def large_parts(larder: Larder) -> Larder:
    """The service with parts of the real size."""
    larder.service.part_bytes = 8 * MIB
    return larder


@pytest.mark.parametrize(
    ("way", "most"), [("upload", 20), ("stream", 30), ("drop-in", 60), ("drop-in-async", 60)]
)
def test_an_upload_of_128_mib(
    way: str, most: int, large_parts: Larder, a_file: Callable[..., Path], tmp_path: Path
) -> None:
    path = a_file(128 * MIB)
    assert grown(tmp_path, way, path) < most
    (file,) = large_parts.service.files.values()
    assert large_parts.service.content(file["id"]) == path.read_bytes()


@pytest.mark.parametrize("way", ["download", "download_file", "download_file to a stream"])
def test_a_download_of_128_mib(way: str, large_parts: Larder, tmp_path: Path) -> None:
    file = large_parts.service.add_file(bytes(128 * MIB))
    assert grown(tmp_path, way, file["id"]) < 20


def test_validating_128_mib(larder: Larder, a_file: Callable[..., Path], tmp_path: Path) -> None:
    assert grown(tmp_path, "validate", a_file(128 * MIB)) < 10


def test_validating_a_million_requests(larder: Larder, tmp_path: Path) -> None:
    larder.service.batch_requests = None
    rest = '"method":"POST","url":"/v1/x","body":{}'
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        file.writelines(f'{{"custom_id":"{n}",{rest}}}\n' for n in range(1_000_000))
    # A table of 2^21 digests, beside half of it while it grows.
    assert grown(tmp_path, "validate", path) < 32


def test_validating_a_line_of_escapes(larder: Larder, tmp_path: Path) -> None:
    path = tmp_path / "escapes.jsonl"
    rest = '"method":"POST","url":"/v1/x","body":{"custom_id":"'  # so that all names are looked at
    with path.open("w") as file:
        file.writelines(['{"custom_id":"a",', rest, r"\/" * 8 * MIB, '"}}\n'])
    assert grown(tmp_path, "validate", path) < 16 * 5


def test_validating_lines_of_32_mib(larder: Larder, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    rest = '"method":"POST","url":"/v1/x","body":{"x":"'
    with path.open("w") as file:
        for number in range(3):
            file.writelines([f'{{"custom_id":"{number}",{rest}', "x" * 32 * MIB, '"}}\n'])
    assert grown(tmp_path, "validate", path) < 32 * 5
