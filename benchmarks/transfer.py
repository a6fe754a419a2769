"""Compares `larder`'s transfers with boto3's and the AWS command line's, against SeaweedFS.

Run by `make bench-transfer`. The API is the functions themselves behind a socket in this process,
with moto's DynamoDB; S3 is a server of its own; each client is a process of its own. The clients
take turns within each round, so that what else the machine does is shared fairly.
"""

import argparse
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.clients import Client, clients
from benchmarks.report import Measured, write_report
from benchmarks.run import Run, run
from tests.bed.http_front import http_front
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import running_s3

MIB = 2**20


@dataclass(frozen=True)
class Place:
    """Where the clients work: a directory, what to send, first less of it, and their settings."""

    directory: Path
    source: Path
    warm_up: Path
    environment: dict[str, str]


def main() -> None:
    """Measures, and writes the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=512, help="the file's size")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument(
        "--directory", help="where S3 and the clients keep their files; memory, where it has room"
    )
    options = parser.parse_args()
    contestants, absent = clients()
    measured: list[Measured] = []
    for number in range(options.rounds):
        turn = number % len(contestants)
        measured += one_round(contestants[turn:] + contestants[:turn], options)
    print(write_report(measured, options.mib, absent))


def one_round(contestants: list[Client], options: argparse.Namespace) -> Iterator[Measured]:
    """Gives each client its turn on a fresh server, which takes back no space before its end."""
    with deployed(options.mib, options.directory or directory_in_memory()) as place:
        for client in contestants:  # what is loaded or made once is not to be measured
            transfer_both_ways(client, place, place.warm_up)
        for client in contestants:
            up, down = transfer_both_ways(client, place, place.source)
            print(f"{client.name:8} up {up.seconds:6.2f} s  down {down.seconds:6.2f} s")
            yield Measured(client.name, up, down)


def directory_in_memory() -> str | None:
    """Linux's, if there is room: a disk is slower than all contestants, and nobody's merit."""
    memory = "/dev/shm"
    room = shutil.disk_usage(memory).free if Path(memory).is_dir() else 0
    return memory if room > 8 * 2**30 else None


def transfer_both_ways(client: Client, place: Place, source: Path) -> tuple[Run, Run]:
    """Sends the file, fetches it back, compares, and removes both copies."""
    target = place.directory / "back"
    os.sync()
    up = run(client.upload(source), place.environment)
    os.sync()
    down = run(client.download(up.output, target), place.environment)
    assert filecmp.cmp(source, target, shallow=False), f"{client.name} changed the file"
    target.unlink()
    run(client.delete(up.output), place.environment)
    return up, down


@contextmanager
def deployed(mib: int, parent: str | None) -> Iterator[Place]:
    """Larder for files of this size, and files to send."""
    size = mib * MIB
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    tempfile.tempdir = parent
    with (
        tempfile.TemporaryDirectory(prefix="larder-transfer-") as name,
        running_s3() as server,
        made_bed_on(server) as bed,
        bed.deployed_with(file_bytes=size, purpose_bytes=MappingProxyType({"batch": size})),
        http_front() as base_url,
    ):
        directory = Path(name)
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "OPENAI_BASE_URL": base_url,
            "OPENAI_API_KEY": bed.api_key("alice"),
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        yield Place(
            directory,
            random_file(directory / "source.jsonl", mib),
            random_file(directory / "warm-up.jsonl", 32),
            settings | server.environment,
        )


def random_file(path: Path, mib: int) -> Path:
    """Makes a file of so many MiB that nobody can compress."""
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    return path


if __name__ == "__main__":
    main()
