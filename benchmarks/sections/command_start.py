"""Measures how long the command takes to start, beside a bare interpreter and the AWS command line.

The commands take turns, and a service in this process answers.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from benchmarks.results.figures import Measured, Value
from benchmarks.run import run
from benchmarks.sections import Scale

ROUNDS = 15
LARDER = str(Path(sys.executable).parent / "larder")
AWS_COMMAND = Path(__file__).parents[2] / ".venv-benchmark" / "bin" / "aws"
EMPTY_PAGE = b'{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}'


def measure(scale: Scale) -> Measured:
    """Run each command in turn."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "larder --help": [LARDER, "--help"],
        "larder list": [LARDER, "list"],
    }
    if AWS_COMMAND.exists():
        commands["aws --version"] = [str(AWS_COMMAND), "--version"]
    with a_service() as base_url, tempfile.TemporaryDirectory() as byte_code:
        environment = {**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-larder-x"}
        environment["PYTHONPYCACHEPREFIX"] = byte_code
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for command in commands.values():  # the first compiles, and is not counted
            run(command, environment)
        for _ in range(scale.rounds_or(ROUNDS)):
            for row, command in commands.items():
                ran = run(command, environment)
                yield Value(row, "wall", "ms", ran.wall_seconds * 1000)
                yield Value(row, "CPU", "ms", ran.cpu_seconds * 1000)
                yield Value(row, "peak memory", "MiB", ran.peak_bytes / 2**20)


@contextmanager
def a_service() -> Iterator[str]:
    """A service without files, and its base URL."""
    with HTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


class Empty(BaseHTTPRequestHandler):
    """Answers each call with an empty list."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(EMPTY_PAGE)))
        self.end_headers()
        self.wfile.write(EMPTY_PAGE)

    def log_message(self, *_: object) -> None:
        pass
