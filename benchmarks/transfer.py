"""Compares `larder`'s transfers with boto3's and the AWS command line's, against SeaweedFS.

Run by `make bench-transfer`. The API is the functions themselves behind a socket in this process,
with moto's DynamoDB; S3 is a server of its own; each client is a process of its own. The clients
take turns within each round, so that what else the machine does is shared fairly.
"""

import argparse
import os
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
    """Where the clients work: a directory, what to send, and their settings."""

    directory: Path
    source: Path
    environment: dict[str, str]


def main() -> None:
    """Measures, and writes the table into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=512, help="the file's size")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    contestants, absent = clients()
    measured: list[Measured] = []
    with deployed(options.mib) as place:
        for client in contestants:  # what is loaded once from disk is not to be measured
            transfer_both_ways(client, place)
        for number in range(options.rounds):
            turn = number % len(contestants)
            for client in contestants[turn:] + contestants[:turn]:
                up, down = transfer_both_ways(client, place)
                measured.append(Measured(client.name, up, down))
                print(f"{client.name:8} up {up.seconds:6.2f} s  down {down.seconds:6.2f} s")
    print(write_report(measured, options.mib, absent))


def transfer_both_ways(client: Client, place: Place) -> tuple[Run, Run]:
    """Sends the file, fetches it back, compares, and removes both copies."""
    target = place.directory / "back"
    os.sync()
    up = run(client.upload(place.source), place.environment)
    os.sync()
    down = run(client.download(up.output, target), place.environment)
    same = target.stat().st_size == place.source.stat().st_size
    assert same, f"{client.name} brought back another file"
    target.unlink()
    run(client.delete(up.output), place.environment)
    return up, down


@contextmanager
def deployed(mib: int) -> Iterator[Place]:
    """Larder for files of this size, and a file to send."""
    size = mib * MIB
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    with (
        tempfile.TemporaryDirectory(prefix="larder-transfer-") as name,
        running_s3() as server,
        made_bed_on(server) as bed,
        bed.deployed_with(file_bytes=size, purpose_bytes=MappingProxyType({"batch": size})),
        http_front() as base_url,
    ):
        directory = Path(name)
        source = directory / "source.jsonl"
        with source.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(MIB))
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "OPENAI_BASE_URL": base_url,
            "OPENAI_API_KEY": bed.api_key("alice"),
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        yield Place(directory, source, settings | server.environment)


if __name__ == "__main__":
    main()
