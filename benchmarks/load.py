"""Mixed requests of many clients to a local deployment: `make load`.

Each client is a thread with an owner of its own and kept connections. It chooses among what is
likely in a batch worker's day, and checks every answer. At the end each owner's usage must be what
its files have, and `larder admin check` must find nothing. What is wrong makes the exit code 1.
The number of requests bounds it, and so does time: what is not sent by then makes it fail too.
"""

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmarks.peers.peer import Peer
from infra.local.aws import isolated_environment
from infra.local.deploy import DEPLOYMENT, STAGE
from infra.local.deployment import RunningDeployment, running_deployment
from tests.e2e.conftest import NEVER, free_port

STATE_DIR = Path(__file__).resolve().parents[1] / "build" / "load"
# Of a hundred requests so many; a client without files creates one instead.
MIX = {"create": 25, "retrieve": 35, "content": 15, "list": 12, "usage": 8, "delete": 5}
SIZES = (3, 1_000, 100_000)
MOST_SECONDS = 1800


class Api(Protocol):
    """A Files API with an owner's key; each call fails unless it is answered as it must be."""

    def create(self, content: bytes) -> str:
        """Store content, and return the file's id."""

    def retrieve(self, file_id: str) -> None:
        """Ask for a file."""

    def listing(self, limit: int) -> None:
        """Ask for so many files; there must be that many."""

    def read(self, file_id: str) -> bytes:
        """Read content."""

    def usage(self) -> dict[str, Any]:
        """Ask for the usage."""

    def delete(self, file_id: str) -> None:
        """Delete a file."""


@dataclass
class Client:
    """One owner's requests, which it chooses by a seed of its own."""

    api: Api
    seed: int
    files: dict[str, bytes] = field(default_factory=dict)
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problems: list[str] = field(default_factory=list)

    def run(self, requests: int, deadline: float) -> None:
        """Send so many requests, or as many as there is time for."""
        chosen = random.Random(self.seed)
        kinds = chosen.choices([*MIX], [*MIX.values()], k=requests)
        for sent, kind in enumerate(kinds):
            if time.monotonic() > deadline:
                self.problems.append(f"{requests - sent} requests were not sent in time")
                return
            name = kind if self.files else "create"
            start = time.perf_counter()
            try:
                self._send(name, chosen)
            except Exception as error:  # noqa: BLE001 - it is told, and the rest goes on
                self.problems.append(f"{name}: {error!r}")
            self.taken[name].append((time.perf_counter() - start) * 1000)

    def _send(self, name: str, chosen: random.Random) -> None:
        if name == "create":
            content = chosen.randbytes(chosen.choice(SIZES))
            self.files[self.api.create(content)] = content
            return
        file_id = chosen.choice([*self.files])
        requests: dict[str, Callable[[], object]] = {
            "retrieve": lambda: self.api.retrieve(file_id),
            "content": lambda: self._compare(file_id),
            "list": lambda: self.api.listing(len(self.files)),
            "usage": self.count,
            "delete": lambda: self.api.delete(file_id),
        }
        requests[name]()
        if name == "delete":
            del self.files[file_id]

    def _compare(self, file_id: str) -> None:
        assert self.api.read(file_id) == self.files[file_id], f"{file_id} has other content"

    def count(self) -> None:
        """Compare the usage with what there is."""
        told = self.api.usage()
        own = {"files": len(self.files), "bytes": sum(map(len, self.files.values()))}
        found = {name: told[name] for name in own}
        assert found == own, f"the usage is {found}, and not {own}"


def main() -> int:
    """Start a deployment, load it, and say what came of it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000, help="all together")
    parser.add_argument("--workers", type=int, default=16, help="how many clients")
    parser.add_argument("--seconds", type=int, default=MOST_SECONDS, help="at most")
    options = parser.parse_args()
    shutil.rmtree(STATE_DIR, ignore_errors=True)  # what a run that was killed has left is no drift
    with running_deployment(free_port(), STATE_DIR, say=say, expire_every=NEVER) as deployment:
        clients = [new_client(deployment, number) for number in range(options.workers)]
        say(f"{options.requests:,} requests of {len(clients)} clients …")
        start = time.perf_counter()
        load(clients, options.requests, options.seconds)
        seconds = time.perf_counter() - start
        say("Checking what they have left …")
        code, found = checked(deployment)
    problems = [problem for client in clients for problem in client.problems]
    sent = sum(len(taken) for client in clients for taken in client.taken.values())
    print(f"{sent:,} requests of {len(clients)} clients in {seconds:.0f} s", end=", ")
    print(f"{sent / seconds:.0f} a second; {len(problems)} went wrong.", *problems[:20], sep="\n")
    print(*percentiles(clients), f"larder admin check: {found}", sep="\n")
    return 1 if problems or code else 0


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def new_client(deployment: RunningDeployment, number: int) -> Client:
    """Make an owner who has a key, and nothing yet."""
    key = deployment.create_key(f"load-{uuid.uuid4().hex[:12]}")
    return Client(Peer(f"client {number}", deployment.base_url, key), seed=number)


def load(clients: list[Client], requests: int, seconds: float) -> None:
    """Share the requests among all clients, run them at once, then have each count its usage."""
    deadline = time.monotonic() + seconds
    share, more = divmod(requests, len(clients))
    shares = [share + (number < more) for number in range(len(clients))]
    with ThreadPoolExecutor(len(clients)) as threads:
        running = [
            threads.submit(client.run, count, deadline)
            for client, count in zip(clients, shares, strict=True)
        ]
        for each in running:
            each.result()
    for client in clients:
        try:
            client.count()
        except AssertionError as drift:
            client.problems.append(f"at the end {drift}")


def checked(deployment: RunningDeployment) -> tuple[int, str]:
    """Have an operator check the deployment; the exit code and what the command says."""
    command = [sys.executable, "-m", "larder.cli", "admin", "check", "--stage", STAGE]
    environment = {**isolated_environment(deployment.endpoint_url), **deployment.environment}
    done = subprocess.run(
        [*command, "--deployment", DEPLOYMENT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def percentiles(clients: list[Client]) -> Iterator[str]:
    """Write how long each kind of request took, in milliseconds."""
    yield f"{'':10}{'requests':>10}{'median':>9}{'p90':>9}{'p99':>9}{'most':>9} ms"
    for name in MIX:
        taken = sorted(value for client in clients for value in client.taken.get(name, ()))
        if len(taken) < 2:
            continue
        cuts = statistics.quantiles(taken, n=100, method="inclusive")
        figures = "".join(f"{value:9.1f}" for value in (cuts[49], cuts[89], cuts[98], taken[-1]))
        yield f"{name:10}{len(taken):10,}{figures}"


if __name__ == "__main__":
    sys.exit(main())
