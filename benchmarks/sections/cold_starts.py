"""Cold starts: a fresh process of each function from the asset, to its first answer.

AWS is recorded answers on loopback, without TLS. What a bare interpreter takes is subtracted, that
of the same round. The twin takes its turn right after the function whose event it answers too.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.functions.endpoints import every_function
from benchmarks.functions.processes import (
    Stage,
    Subject,
    Taken,
    bare_interpreter,
    counts_instructions,
    on_stage,
)
from benchmarks.functions.subjects import TWINS, functions_subject, twin_subject
from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.sections import Scale

ROUNDS = 15
NO_PERF = "Instructions were not counted: there is no `perf` here, or it may not count."


def measure(scale: Scale) -> Measured:
    """Start each function in turn, over and over."""
    with ExitStack() as running:
        scenes = every_function()
        stages = [running.enter_context(on_stage(scene)) for scene in scenes]
        twin = running.enter_context(twin_subject())
        for stage in stages:  # what the system reads once is not to be measured
            stage.cold(functions_subject(stage.scene.module))
        for _ in range(scale.rounds_or(ROUNDS)):
            for stage in stages:
                yield from _once(stage, twin)
        if not counts_instructions():
            yield Remark(NO_PERF)
            return
        for stage in stages:
            yield from _instructions(stage, twin)


def _once(stage: Stage, twin: Subject) -> Iterator[Value]:
    row = stage.scene.name
    bare = bare_interpreter(sys.executable)
    ours, modules = stage.cold(functions_subject(stage.scene.module))
    yield from _values(row, ours, bare)
    yield Value(row, "modules", "", modules)
    if row in TWINS:
        theirs, modules = stage.cold(twin)
        yield Value(row, "of the twin's CPU", "", _cpu(ours, bare) / _cpu(theirs, bare))
        yield from _values(f"{row}, the twin", theirs, bare)
        yield Value(f"{row}, the twin", "modules", "", modules)


def _values(row: str, taken: Taken, bare: Taken) -> Iterator[Value]:
    yield Value(row, "CPU", "ms", _cpu(taken, bare))
    yield Value(row, "wall", "ms", taken.wall_ms - bare.wall_ms)


def _cpu(taken: Taken, bare: Taken) -> float:
    return max(taken.cpu_ms - bare.cpu_ms, 1.0)


def _instructions(stage: Stage, twin: Subject) -> Iterator[Value]:
    """Count once: they are the same from run to run, but for a thousandth."""
    row = stage.scene.name
    ours = stage.instructions(functions_subject(stage.scene.module)) / 1e6
    yield Value(row, "instructions", "millions", ours)
    if row in TWINS:
        theirs = stage.instructions(twin) / 1e6
        yield Value(row, "of the twin's instructions", "", ours / theirs)
        yield Value(f"{row}, the twin", "instructions", "millions", theirs)
