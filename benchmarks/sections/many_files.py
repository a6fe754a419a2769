"""Compares many small files with the AWS command line's `s3 cp --recursive`, against SeaweedFS.

As in `transfers`, the API is the functions themselves behind a
socket in this process, with moto's DynamoDB, and the clients take turns. Small files pass through
the functions, in one call each, so what is measured of Larder is the functions' speed too.
"""

import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checksums import AsS3Answers
from benchmarks.clients import AWS_COMMAND
from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.run import Run, run
from benchmarks.sections import Scale
from benchmarks.sections.transfers import MIB, directory_in_memory
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.http_front import http_front
from tests.bed.real_s3 import made_bed_on
from tests.bed.seaweed import running_s3

ROUNDS = 5
FILES = 64
SIZE = MIB
LARDER = [sys.executable, "-m", "larder.cli"]


@dataclass(frozen=True)
class Place:
    """Where files are sent from, and the clients' settings."""

    sent: Path
    back: Path
    environment: dict[str, str]


def measure(scale: Scale) -> Measured:
    """Have each send and fetch the files, by turns."""
    logging.disable(logging.CRITICAL)  # the functions', which run in this process
    for number in range(scale.rounds_or(ROUNDS)):
        with deployed() as place:
            make_files(place.sent, FILES, SIZE)
            steps = [larder_both_ways, aws_both_ways]
            for both_ways in steps[number % 2 :] + steps[: number % 2]:
                before = time.process_time()
                for row, ran in both_ways(place):
                    yield Value(row, "whole command", "s", ran.wall_seconds)
                    yield Value(row, "its CPU", "s", ran.cpu_seconds)
                    theirs = time.process_time() - before
                    yield Value(row, "CPU of the functions and moto", "s", theirs)
                    yield Value(row, "peak memory", "MiB", ran.peak_bytes / MIB)
                    before = time.process_time()
    if not AWS_COMMAND.exists():
        yield Remark("The AWS command line was not installed.")


def larder_both_ways(place: Place) -> Iterator[tuple[str, Run]]:
    """Uploads, synchronises what is there, and downloads."""
    sent, back = str(place.sent), str(place.back)
    settings = ["--no-validate"]
    yield "larder upload", timed([*LARDER, "upload", sent, *settings], place)
    yield "larder sync, all there", timed([*LARDER, "sync", sent, *settings], place)
    yield "larder download", timed([*LARDER, "download", "--all", "-o", back], place)
    must_be_back(place)
    delete = [*LARDER, "delete", "--name", "*", "--yes"]
    yield "larder delete", timed(delete, place)


def aws_both_ways(place: Place) -> Iterator[tuple[str, Run]]:
    """Copies there and back."""
    if not AWS_COMMAND.exists():
        return
    copy = [str(AWS_COMMAND), "s3", "cp", "--recursive", "--no-progress"]
    there = f"s3://{CONTENT_BUCKET}/many/"
    yield "aws s3 cp --recursive, up", timed([*copy, str(place.sent), there], place)
    yield "aws s3 cp --recursive, down", timed([*copy, there, str(place.back)], place)
    must_be_back(place)


def timed(command: list[str], place: Place) -> Run:
    """Runs one command, with nothing left to be written by an earlier one."""
    os.sync()
    return run(command, place.environment)


def must_be_back(place: Place) -> None:
    """Compares what came back with what was sent, and removes it."""
    for path in place.sent.iterdir():
        assert (place.back / path.name).read_bytes() == path.read_bytes(), f"{path.name} changed"
    shutil.rmtree(place.back)
    place.back.mkdir()


def make_files(directory: Path, files: int, size: int) -> None:
    """Files that nobody can compress."""
    for number in range(files):
        (directory / f"{number:04}.bin").write_bytes(os.urandom(size))


@contextmanager
def deployed() -> Iterator[Place]:
    """Fresh servers, and empty directories."""
    tempfile.tempdir = directory_in_memory()
    with (
        tempfile.TemporaryDirectory(prefix="larder-many-") as name,
        running_s3() as server,
        made_bed_on(server) as bed,
        http_front() as base_url,
    ):
        bed.wire.interceptor = AsS3Answers()
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "OPENAI_BASE_URL": base_url,
            "OPENAI_API_KEY": bed.api_key("alice"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        place = Place(Path(name, "sent"), Path(name, "back"), settings | server.environment)
        place.sent.mkdir()
        place.back.mkdir()
        yield place
