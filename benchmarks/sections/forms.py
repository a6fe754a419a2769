"""Measures how long forms take: to import what reads them, and to read them whole and in chunks.

Beside ours stands the `multipart` library alone, without our rules.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial

from multipart import PushMultipartParser

from benchmarks.results.figures import Measured, Value
from benchmarks.sections import Scale
from lambdas.api.form import FormStream, parse_form

MIB = 2**20
BOUNDARY = os.urandom(16).hex()
FORM = f"multipart/form-data; boundary={BOUNDARY}"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'.encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
JSONL = b'{"custom_id":"request-1","method":"POST","url":"/v1/chat/completions","body":{}}\n'
ROUNDS = 9

# What a function has loaded before it comes to a form.
IMPORT = """
import aws_lambda_powertools, boto3, botocore.client, lambdas.api.json_object, lambdas.core.expiry
import time
start = time.process_time()
import {}
print(time.process_time() - start)
"""


def measure(scale: Scale) -> Measured:
    """Read each kind of content, in CPU time, so that other work counts little."""
    for _ in range(scale.rounds_or(ROUNDS)):
        with tempfile.TemporaryDirectory() as byte_code:
            for module in ("multipart", "lambdas.api.form"):
                import_seconds(module, byte_code)
                milliseconds = import_seconds(module, byte_code) * 1000
                yield Value(f"import {module} after botocore", "CPU", "ms", milliseconds)
        for name, content in contents(4 * MIB).items():
            body, row = HEAD + content + TAIL, f"4 MiB of {name}"
            yield Value(row, "CPU", "ms", seconds(partial(parse_form, FORM, body)) * 1000)
            yield Value(row, "the library alone", "ms", seconds(partial(read_alone, body)) * 1000)
        for name, content in contents(32 * MIB).items():
            for kib in (64, 256):
                row, taken = f"a stream of {name}", stream_seconds(content, kib * 1024, times=2)
                yield Value(row, f"in chunks of {kib} KiB", "s/GiB", taken * 16)


def contents(size: int) -> dict[str, bytes]:
    """What the form may hold, from the likely to the hostile."""
    look_alike = f"\r\n--{BOUNDARY[:-1]}".encode()
    return {
        "random bytes": os.urandom(size),
        "JSONL": (JSONL * (size // len(JSONL) + 1))[:size],
        "JSONL with CRLF": (JSONL.replace(b"\n", b"\r\n") * (size // len(JSONL) + 1))[:size],
        "look-alikes of the boundary": (look_alike * (size // len(look_alike) + 1))[:size],
    }


def import_seconds(module: str, byte_code: str) -> float:
    """Imports in a process of its own, with byte code, as the asset has it."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": byte_code}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", IMPORT.format(module)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(answer.stdout)


def read_alone(body: bytes) -> None:
    with PushMultipartParser(BOUNDARY) as parser:
        for _ in parser.parse(body):
            pass


def stream_seconds(content: bytes, size: int, *, times: int) -> float:
    """Feeds the content in chunks, over and over; cutting them is not measured."""
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    stream = FormStream(FORM, "file")

    def feed(chunks: list[bytes]) -> Iterator[int]:
        for chunk in chunks:
            yield from map(len, stream.feed(chunk))

    sum(feed([HEAD]))
    start = time.process_time()
    read = sum(sum(feed(chunks)) for _ in range(times))
    seconds = time.process_time() - start
    assert read + sum(feed([TAIL])) == len(content) * times
    stream.end()
    return seconds


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
