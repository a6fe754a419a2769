"""Warm functions: the CPU that an answer takes, and how much of it is not botocore's.

Each round has a process of its own for Larder and one for the twin. It answers one event again and
again; AWS is recorded answers on loopback, given by another process. Beside that, in the same
process, plain botocore makes the same calls. The twin has no such column: its botocore is the same.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.functions.endpoints import create, listing, retrieve
from benchmarks.functions.processes import Stage, Subject, counts_instructions, on_stage
from benchmarks.functions.scenes import Scene
from benchmarks.functions.subjects import TWINS, functions_subject, twin_subject
from benchmarks.results.figures import Measured, Value
from benchmarks.sections import Scale

ROUNDS = 9
MIB = 2**20


def scenes() -> Iterator[tuple[str, int, Scene]]:
    """Each row with how often it is done in a round."""
    yield "retrieve", 200, retrieve()
    yield "list 20", 200, listing(20, 20)
    yield "list 1,000", 30, listing(1_000, 1_000)
    yield "list 10,000", 5, listing(10_000, 10_000)
    yield "create 4 MiB", 20, create(4 * MIB)


def measure(scale: Scale) -> Measured:
    """Have both answer by turns."""
    counts = counts_instructions()
    with ExitStack() as running:
        twin = running.enter_context(twin_subject())
        rows = [(row, times, running.enter_context(on_stage(s))) for row, times, s in scenes()]
        for _ in range(scale.rounds_or(ROUNDS)):
            for row, times, stage in rows:
                yield from _once(row, times, stage, twin)
        for row, _, stage in rows:
            yield from _facts(row, stage, twin if counts else None)


def _once(row: str, times: int, stage: Stage, twin: Subject) -> Iterator[Value]:
    ours, alone = stage.warm(functions_subject(stage.scene.module), times)
    yield Value(row, "CPU", "ms", ours)
    yield Value(row, "AWS calls alone", "ms", alone)
    yield Value(row, "above them", "ms", ours - alone)
    assert stage.scene.name in TWINS
    theirs, _ = stage.warm(twin, times)
    yield Value(row, "the twin's CPU", "ms", theirs)
    yield Value(row, "of the twin's", "", ours / theirs)


def _facts(row: str, stage: Stage, twin: Subject | None) -> Iterator[Value]:
    """What is the same each time; the instructions of an answer after the first."""
    if twin is not None:
        subjects = {"": functions_subject(stage.scene.module), "the twin's ": twin}
        for whose, subject in subjects.items():
            more = stage.instructions(subject, 6) - stage.instructions(subject, 1)
            yield Value(row, f"{whose}instructions", "millions", more / 5e6)
    yield Value(row, "answer", "KB", len(stage.scene.body) / 1000)
    yield Value(row, "compressed", "KB", stage.scene.compressed_bytes / 1000)
