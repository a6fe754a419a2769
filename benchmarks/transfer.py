"""Compares the ways in and out with boto3's, the AWS command line's and OGX's, against SeaweedFS.

Run by `make bench`. The API is the functions themselves behind a socket in this process, with
moto's DynamoDB; S3, the front door and OGX are servers of their own; each client is a process of
its own. The clients take turns within each round, so that what else the machine does is shared
fairly.
"""

import argparse
import filecmp
import logging
import os
import shutil
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
from benchmarks.report import Measured, Turn, write_report
from benchmarks.run import run
from benchmarks.servers import Server
from tests.bed.dynamodb_server import running_dynamodb
from tests.bed.http_front import http_front
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import S3Server, running_s3
from tests.e2e.conftest import free_port

MIB = 2**20
WARM_UP_MIB = 32


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


def main() -> None:
    """Measures, and writes the tables into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=512, help="the file's size")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument(
        "--directory", help="where S3 and the clients keep their files; memory, where it has room"
    )
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the functions', which run in this process
    measured: list[Measured] = []
    for number in range(options.rounds):
        measured += one_round(number, options)
    print(write_report(measured, absent()))


def absent() -> list[str]:
    """A line for each contestant that is not installed."""
    return [
        *([] if AWS_COMMAND.exists() else ["The AWS command line was not installed."]),
        *([] if shutil.which("curl") else ["curl is not on this machine."]),
        *([] if OGX_COMMAND.exists() else [OGX_ABSENT]),
    ]


def one_round(number: int, options: argparse.Namespace) -> Iterator[Measured]:
    """Gives each client its turn on fresh servers; S3 takes back no space before its end."""
    with deployed(options.mib, options.directory or directory_in_memory()) as place:
        for race in place.races:
            first = number % len(race.contestants)
            order = race.contestants[first:] + race.contestants[:first]
            for contestant in order:  # what is loaded or made once is not to be measured
                transfer_both_ways(contestant, place, WARM_UP_MIB)
            for contestant in order:
                measured = transfer_both_ways(contestant, place, race.mib)
                up, down = measured.up.run.seconds, measured.down.run.seconds
                print(f"{measured.client:20} up {up:6.2f} s  down {down:6.2f} s", flush=True)
                yield measured


def directory_in_memory() -> str | None:
    """Linux's, if there is room: a disk is slower than all contestants, and nobody's merit."""
    memory = "/dev/shm"
    room = shutil.disk_usage(memory).free if Path(memory).is_dir() else 0
    return memory if room > 8 * 2**30 else None


def transfer_both_ways(contestant: Contestant, place: Place, mib: int) -> Measured:
    """Sends a file, fetches it back, compares, and removes both copies."""
    client, target = contestant.client, place.directory / "back"
    source = random_file(place.directory / f"{mib}.jsonl", mib)
    up = turn(contestant, client.upload(source), place)
    down = turn(contestant, client.download(up.run.output, target), place)
    assert filecmp.cmp(source, target, shallow=False), f"{client.name} changed the file"
    target.unlink()
    run(client.delete(up.run.output), place.environment)
    return Measured(client.name, mib, up, down)


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
            "PYTHONPATH": str(Path(__file__).parent.parent),
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


if __name__ == "__main__":
    main()
