"""Measures how long the command takes to start, beside a bare interpreter and the AWS command line.

Run by `make bench-start`. The commands take turns, and a service in this process answers.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

ROUNDS = 15
LARDER = str(Path(sys.executable).parent / "larder")
AWS_COMMAND = Path(__file__).parent.parent / ".venv-benchmark" / "bin" / "aws"
EMPTY_PAGE = b'{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}'


def main() -> None:
    """Prints the median and the fastest of some rounds for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
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
        taken: dict[str, list[Taken]] = {name: [] for name in commands}
        for turn in range(rounds + 1):  # the first compiles, and is not counted
            for name, command in commands.items():
                one = run(command, environment)
                if turn:
                    taken[name].append(one)
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, ",
        end="",
    )
    print(f"{rounds} rounds; milliseconds:")
    for name, all_taken in taken.items():
        median = statistics.median(one.seconds for one in all_taken)
        fastest = min(one.seconds for one in all_taken)
        cpu = min(one.cpu_seconds for one in all_taken)
        figures = f"median {median * 1000:5.0f}  fastest {fastest * 1000:5.0f}"
        print(f"  {name:<16} {figures}  least CPU {cpu * 1000:5.0f}")


class Taken(NamedTuple):
    """What one run took; on a busy machine its processor's time says more."""

    seconds: float
    cpu_seconds: float


def run(command: list[str], environment: dict[str, str]) -> Taken:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(seconds, cpu)


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


if __name__ == "__main__":
    main()
