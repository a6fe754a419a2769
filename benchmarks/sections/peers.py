"""Peers at work, on one S3: what a client waits for, and what 100 MiB take of a server's memory."""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.checksums import AsS3Answers
from benchmarks.front_door import front_door
from benchmarks.functions.scenes import OWNER
from benchmarks.functions.stocking import stock_many
from benchmarks.ogx import OGX_ABSENT, OGX_COMMAND, OGX_MIB, ogx
from benchmarks.peers.peer import MIB, Peer, milliseconds
from benchmarks.peers.programs import fill, fill_ogx, local_deployment, tell_functions, twin_program
from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.sections import Scale
from benchmarks.sections.transfers import directory_in_memory
from benchmarks.servers import Program
from infra.local.deployment import RunningDeployment
from tests.bed.dynamodb_server import running_dynamodb
from tests.bed.http_front import http_front
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import S3Server, running_s3
from tests.bed.stock import files_of
from tests.e2e.conftest import free_port

ROUNDS = 5
FILES = 10_000
SMALL = 4 * MIB
SIZES = {20: 10, 1_000: 3, 10_000: 1}
FRONT_DOOR, FUNCTIONS = "front door", "functions"
START, WAIT = "start to first file", "a client waits"


def measure(scale: Scale) -> Measured:
    """Start them all, and have them answer by turns."""
    logging.disable(logging.CRITICAL)  # the functions', which run in this process
    if not OGX_COMMAND.exists():
        yield Remark(OGX_ABSENT)
    small, large = os.urandom(SMALL), os.urandom(min(scale.mib, OGX_MIB) * MIB)
    with running_all() as place:
        for number in range(scale.rounds_or(ROUNDS)):
            yield from place.starts(number)
            first = number % len(place.peers)
            order = place.peers[first:] + place.peers[:first]
            for peer in order:
                yield from answers(peer, place, small)
            for peer in order:
                yield from large_file(peer, large)
        place.fill()  # not before: for each transaction moto copies its table
        for _ in range(scale.rounds_or(ROUNDS)):
            for peer in order:
                yield from lists(peer, place)


@dataclass(frozen=True)
class Kind:
    """A program that answers, as often as it is started: how, with which key, and below what."""

    name: str
    program: Callable[[Path], Program]
    key: str = "none"
    below: str = "/v1"
    has_content: bool = True

    @contextmanager
    def running(self, directory: Path) -> Iterator[Peer]:
        """Run one for the length of a `with` block."""
        directory.mkdir()
        with self.program(directory).running() as server:
            base_url = server.base_url.removesuffix("/v1") + self.below
            yield Peer(self.name, base_url, self.key, server, self.has_content)


@dataclass(frozen=True)
class Place:
    """The peers that run, and those that can be started anew."""

    directory: Path
    kinds: list[Kind]
    peers: list[Peer]
    deployment: RunningDeployment
    fills: list[Callable[[], object]]
    aws: AsS3Answers

    def timed(self, row: str, peer: Peer, call: Callable[[], object], times: int) -> Measured:
        """How long a client waits, the mean of so many; of the functions also for what."""
        before = self.aws.seconds
        taken = milliseconds(call, times)
        yield Value(row, peer.name, "ms", taken, WAIT)
        if peer.name == FUNCTIONS:
            of_aws = (self.aws.seconds - before) * 1000 / times
            yield Value(row, "of that moto and S3", "ms", of_aws, WAIT)

    def fill(self) -> None:
        """Give each as many files."""
        for give in self.fills:
            give()

    def named(self, name: str) -> Peer:
        """One of the peers."""
        return next(peer for peer in self.peers if peer.name == name)

    def starts(self, number: int) -> Iterator[Value]:
        """Start each program beside the one that runs, until it has taken a small file."""
        for kind in self.kinds:
            start = time.perf_counter()
            with kind.running(self.directory / f"{kind.name} {number}") as peer:
                peer.create(b"{}\n")
                yield Value(kind.name, "wall", "s", time.perf_counter() - start, START)
        peer = self.named("make run")
        tell_functions(self.deployment, {"BENCHMARK": str(number)})
        peer.usage()  # the authorizer has a start of its own
        start = time.perf_counter()
        peer.create(b"{}\n")
        yield Value(peer.name, "wall", "s", time.perf_counter() - start, START)


@contextmanager
def running_all() -> Iterator[Place]:
    """Run all peers on one S3."""
    tempfile.tempdir = directory_in_memory()
    with (
        tempfile.TemporaryDirectory(prefix="larder-peers-") as name,
        running_s3(for_any_key=True) as s3,
        made_bed_on(s3) as bed,
        http_front() as functions_url,
        running_dynamodb() as dynamodb_url,
        local_deployment(s3) as (local, deployment, owner),
        ExitStack() as running,
    ):
        directory = Path(name)
        bed.wire.interceptor = aws = AsS3Answers()
        key = bed.api_key(OWNER)
        kinds = list(kinds_on(s3, dynamodb_url, key))
        peers = [running.enter_context(kind.running(directory / kind.name)) for kind in kinds]
        many = files_of(OWNER, FILES, since=time.time() - FILES)
        fills: list[Callable[[], object]] = [
            lambda: stock_many(bed, many),
            lambda: fill(deployment, owner, FILES),
        ]
        if OGX_COMMAND.exists():
            fills.append(lambda: fill_ogx(directory / kinds[-1].name / "ogx.db", FILES))
        functions = Peer(FUNCTIONS, functions_url, key)
        yield Place(directory, kinds, [local, functions, *peers], deployment, fills, aws)


def kinds_on(s3: S3Server, dynamodb_url: str, key: str) -> Iterator[Kind]:
    """The programs, OGX last if it is here."""
    yield Kind(
        FRONT_DOOR,
        lambda directory: front_door(directory, s3.environment, dynamodb_url, free_port()),
        key,
    )
    yield Kind(
        "the twin",
        lambda directory: twin_program(directory, s3, dynamodb_url),
        below="",
        has_content=False,
    )
    if OGX_COMMAND.exists():
        yield Kind("OGX", lambda directory: ogx(directory, s3.url, free_port()))


def answers(peer: Peer, place: Place, content: bytes) -> Measured:
    """What a client waits for, but for lists."""
    say(peer, "answers")
    yield from place.timed("a refusal, which asks nobody", peer, peer.refusal, 20)
    if peer.name != FRONT_DOOR:  # it leaves these to the functions
        retrieving = partial(peer.retrieve, peer.create(b"{}\n"))
        yield from place.timed("retrieve", peer, retrieving, 20)
    made: list[str] = []
    yield from place.timed("create 4 MiB", peer, lambda: made.append(peer.create(content)), 3)
    if peer.has_content:
        reading = partial(peer.content, made[0], len(content))
        yield from place.timed("content 4 MiB", peer, reading, 3)
    if peer.has_content and peer.name != FRONT_DOOR:
        yield from place.timed("delete", peer, lambda: peer.delete(made.pop()), 3)


def lists(peer: Peer, place: Place) -> Measured:
    """What a client waits for lists."""
    if peer.name == FRONT_DOOR:
        return
    say(peer, "lists")
    for files, times in SIZES.items():
        yield from place.timed(f"list {files:,}", peer, partial(peer.listing, files), times)


def say(peer: Peer, what: str) -> None:
    """Tell how far it is."""
    print(f"{peer.name}: {what}", file=sys.stderr, flush=True)


def large_file(peer: Peer, content: bytes) -> Iterator[Value]:
    """What a large file takes, and how far its server's memory grows meanwhile."""
    if peer.server is None:
        return
    say(peer, "a large file")
    table, mib = f"{len(content) // MIB} MiB", len(content) / MIB
    start = time.perf_counter()
    with peer.server.watched() as use:
        file_id = peer.create(content)
    yield Value(peer.name, "create", "MiB/s", mib / (time.perf_counter() - start), table)
    yield Value(peer.name, "memory before", "MiB", peer.server.idle_bytes / MIB, table)
    grown = use.peak_bytes - peer.server.idle_bytes
    yield Value(peer.name, "grown", "MiB", grown / MIB, table)
    yield Value(peer.name, "CPU", "s", use.cpu_seconds, table)
    if peer.has_content:
        start = time.perf_counter()
        with peer.server.watched() as use:
            peer.content(file_id, len(content))
        yield Value(peer.name, "content", "MiB/s", mib / (time.perf_counter() - start), table)
        yield Value(peer.name, "content: CPU", "s", use.cpu_seconds, table)
