"""Compares the ways in and out with boto3's, the AWS command line's and OGX's, against SeaweedFS.

The API is the functions themselves behind a socket in this process, with
moto's DynamoDB; S3, the front door and OGX are servers of their own; each client is a process of
its own. The clients take turns within each round, so that what else the machine does is shared
fairly.
"""

import filecmp
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.clients import (
    AWS_COMMAND,
    Api,
    Client,
    OpenaiSdk,
    straight_to_s3,
    through_the_front_door,
)
from benchmarks.front_door import front_door
from benchmarks.nothing import running_nothing
from benchmarks.ogx import OGX, OGX_ABSENT, OGX_COMMAND, OGX_MIB, ogx
from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.run import run
from benchmarks.sections import Scale
from benchmarks.sections.turns import Turn, race_values
from benchmarks.servers import Server
from tests.bed.dynamodb_server import running_dynamodb
from tests.bed.http_front import http_front
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import S3Server, running_s3
from tests.e2e.conftest import free_port

MIB = 2**20
WARM_UP_MIB = 32
ROUNDS = 6


@dataclass(frozen=True)
class Contestant:
    """A client, and the server that its bytes pass through, if there is one."""

    client: Client
    server: Server | None = None


@dataclass(frozen=True)
class Race:
    """Who sends and fetches a file of this size in turns."""

    mib: int
    contestants: list[Contestant]


@dataclass(frozen=True)
class Place:
    """Where the clients work: a directory, their settings, and what they do there."""

    directory: Path
    environment: dict[str, str]
    races: list[Race]


def measure(scale: Scale) -> Measured:
    """Give each client its turn on fresh servers, round by round."""
    logging.disable(logging.CRITICAL)  # the functions', which run in this process
    for number in range(scale.rounds_or(ROUNDS)):
        yield from one_round(number, scale.mib)
    for text in absent():
        yield Remark(text)


def absent() -> list[str]:
    """A line for each contestant that is not installed."""
    return [
        *([] if AWS_COMMAND.exists() else ["The AWS command line was not installed."]),
        *([] if shutil.which("curl") else ["curl is not on this machine."]),
        *([] if OGX_COMMAND.exists() else [OGX_ABSENT]),
    ]


def one_round(number: int, mib: int) -> Iterator[Value]:
    """Give each client its turn on fresh servers; S3 takes back no space before its end."""
    with deployed(mib, directory_in_memory()) as place:
        for race in place.races:
            first = number % len(race.contestants)
            order = race.contestants[first:] + race.contestants[:first]
            for contestant in order:  # what is loaded or made once is not to be measured
                transfer_both_ways(contestant, place, min(WARM_UP_MIB, race.mib))
            turns = {}
            for contestant in order:
                up, down = transfer_both_ways(contestant, place, race.mib)
                say(contestant, up, down)
                turns[contestant.client.name] = {"up": up, "down": down}
            yield from race_values(race.mib, turns)


def say(contestant: Contestant, up: Turn, down: Turn) -> None:
    """Tell how far it is."""
    taken = f"up {up.run.seconds:6.2f} s  down {down.run.seconds:6.2f} s"
    print(f"{contestant.client.name:20} {taken}", file=sys.stderr, flush=True)


def directory_in_memory() -> str | None:
    """Linux's, if there is room: a disk is slower than all contestants, and nobody's merit."""
    memory = "/dev/shm"
    room = shutil.disk_usage(memory).free if Path(memory).is_dir() else 0
    return memory if room > 8 * 2**30 else None


def transfer_both_ways(contestant: Contestant, place: Place, mib: int) -> tuple[Turn, Turn]:
    """Sends a file, fetches it back, compares, and removes both copies."""
    client, target = contestant.client, place.directory / "back"
    source = random_file(place.directory / f"{mib}.jsonl", mib)
    up = turn(contestant, client.upload(source), place)
    down = turn(contestant, client.download(up.run.output, target), place)
    assert filecmp.cmp(source, target, shallow=False), f"{client.name} changed the file"
    target.unlink()
    run(client.delete(up.run.output), place.environment)
    return up, down


def turn(contestant: Contestant, command: list[str], place: Place) -> Turn:
    """Runs a command of a client, and watches its server meanwhile."""
    os.sync()
    server = contestant.server
    with server.watched() if server else nullcontext() as use:
        ran = run(command, place.environment)
    return Turn(ran, use, server.idle_bytes if server else 0)


@contextmanager
def deployed(mib: int, parent: str | None) -> Iterator[Place]:
    """Larder for files of this size, OGX if it is here, and files to send."""
    size = max(mib, OGX_MIB) * MIB
    tempfile.tempdir = parent
    with (
        tempfile.TemporaryDirectory(prefix="larder-transfer-") as name,
        running_s3() as server,
        made_bed_on(server) as bed,
        bed.deployed_with(file_bytes=size, purpose_bytes=MappingProxyType({"batch": size})),
        http_front() as base_url,
        ExitStack() as servers,
    ):
        directory = Path(name)
        functions = Api(base_url, bed.api_key("alice"))
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "OPENAI_BASE_URL": functions.base_url,
            "OPENAI_API_KEY": functions.key,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        yield Place(
            directory,
            settings | server.environment,
            list(races(servers, directory, server, functions, mib)),
        )


def races(
    servers: ExitStack, directory: Path, s3: S3Server, functions: Api, mib: int
) -> Iterator[Race]:
    """Starts the servers, and names who passes through which."""
    dynamodb_url = servers.enter_context(running_dynamodb())
    ours = front_door(directory, s3.environment, dynamodb_url, free_port())
    door = servers.enter_context(ours.running())
    unaware = through_the_front_door(Api(door.base_url, functions.key), functions)
    through = [Contestant(client, door) for client in unaware]
    ideal = Api(servers.enter_context(running_nothing(directory)), "none")
    alone = [*straight_to_s3(), OpenaiSdk("openai, nothing behind", ideal, ideal)]
    yield Race(mib, through + [Contestant(client) for client in alone])
    if OGX_COMMAND.exists():
        peer = servers.enter_context(ogx(directory, s3.url, free_port()).running())
        api = Api(peer.base_url, "none")
        yield Race(OGX_MIB, [through[0], Contestant(OpenaiSdk(OGX, api, api), peer)])


def random_file(path: Path, mib: int) -> Path:
    """Makes a file of so many MiB that nobody can compress, once."""
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(MIB))
    return path
