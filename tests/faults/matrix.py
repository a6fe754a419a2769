"""The matrix: every call that a scenario makes, times every fault that can hit it."""

import inspect
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from botocore.awsrequest import AWSResponse

import lambdas
from lambdas.stores.catalog.table import text
from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.run import Check
from tests.bed.faults import FAULTS, Fault, Strike, chained, hasty_retries
from tests.bed.holdings import Holdings
from tests.bed.invariants import left_by, pass_lifecycle, violations
from tests.bed.stream import Record
from tests.bed.wire import Call, Send, Wire
from tests.faults.scene import ALL, Act, Answers, Delivered, Scenario, Scene, made_scene

DAYS_LATER = 34
"""When the longest life and the lifecycle rule behind it have ended."""

MOST_PLAYS = 40
"""Calls of several threads come in no order, so that one may not come every time."""

NOBODY_WAS_TOLD = (Damage.OBJECT_WITHOUT_FILE, Damage.UPLOAD_WITHOUT_SESSION)
"""What a check finds, and mends, behind a function that has died."""

Draw = Callable[[str, Sequence[Fault]], Sequence[Fault]]
"""Takes some of the faults that can hit a call, by its name."""

ROOT = str(Path(lambdas.__file__).parent.parent)


@dataclass(frozen=True)
class Played:
    """What came of a scenario: its answers, what is wrong, and how many things alice has by it."""

    act: Act
    answers: Answers
    problems: list[str]
    made: int


@dataclass(frozen=True)
class Case:
    """One fault at one call of a scenario, the `nth` of its operation."""

    operation: str
    nth: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.operation} {self.nth}, which {self.fault}"


class Recorder:
    """An interceptor that writes down calls, and who makes them.

    `stores` are the modules and functions that call AWS, `functions` the names of the Lambda
    functions that they do it for, `numbers` those of the calls that faults are to hit.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.numbers = ALL
        self.stores: set[tuple[str, str]] = set()
        self.functions: set[str] = set()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        self.calls.append(call)
        ours = list(_code_of_functions())
        store = ours[0].co_qualname.partition(".<locals>")[0]
        self.stores.add((_module_of(ours[0]), store))
        self.functions |= {
            name.rpartition(".")[2]
            for name in map(_module_of, ours)
            if name.startswith(("lambdas.endpoints.", "lambdas.events."))
        }
        return send()

    @property
    def struck(self) -> list[Call]:
        """The calls that faults hit."""
        return [call for number, call in enumerate(self.calls) if number in self.numbers]

    @contextmanager
    def on(self, wire: Wire) -> Iterator[None]:
        """Record what this wire sends."""
        before, wire.interceptor = wire.interceptor, chained(self, wire.interceptor)
        try:
            yield
        finally:
            wire.interceptor = before


def _code_of_functions() -> Iterator[CodeType]:
    """Yield the code of `lambdas` that this call comes from, the innermost first."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_filename.startswith(f"{ROOT}/lambdas/"):
            yield frame.f_code
        frame = frame.f_back


def _module_of(code: CodeType) -> str:
    return code.co_filename.removeprefix(f"{ROOT}/").removesuffix(".py").replace("/", ".")


def recorded(scenario: Scenario) -> tuple[Played, Recorder]:
    """Play a scenario without a fault."""
    recorder = Recorder()
    played = _played(scenario, recorder)
    recorder.numbers = played.act.struck
    return played, recorder


def cases(recorder: Recorder, draw: Draw = lambda _, faults: faults) -> list[Case]:
    """Cross a scenario's calls with the faults, or with those that are drawn for each."""
    seen: Counter[str] = Counter()
    found = []
    for number, call in enumerate(recorder.calls):
        nth = seen[call.operation]
        seen[call.operation] += 1
        if number in recorder.numbers:
            faults = [fault for fault in FAULTS if fault.can_hit(call)]
            drawn = draw(f"{call.operation} {nth}", faults)
            found += [Case(call.operation, nth, fault) for fault in drawn]
    return found


def problems_of(scenario: Scenario, case: Case, clean: Played) -> list[str]:
    """Play a scenario with a fault and return what is not as it should be."""
    for _ in range(MOST_PLAYS):
        strike = Strike(case.fault, case.nth, case.operation)
        played = _played(scenario, strike)
        if strike.struck is not None:
            problems = [*played.problems, *_wrong_answers(case.fault, played, clean)]
            return [f"{case}: {problem}" for problem in problems]
    return [f"{case}: the call did not come"]


def problems_of_both(scenario: Scenario, *pair: Case) -> list[str]:
    """Play a scenario with two faults and return what is wrong but for the answers.

    These may tell of trouble: the client tries no more than three times. The second call may not
    come, after the first.
    """
    strikes = [Strike(case.fault, case.nth, case.operation) for case in pair]
    return _played(scenario, Both(*strikes)).problems


@dataclass(frozen=True)
class Both:
    """Two strikes on one wire."""

    first: Strike
    second: Strike

    @contextmanager
    def on(self, wire: Wire) -> Iterator[None]:
        """Strike on this wire."""
        with self.first.on(wire), self.second.on(wire):
            yield


def _wrong_answers(fault: Fault, played: Played, clean: Played) -> Iterator[str]:
    statuses = played.answers.statuses
    if statuses[-1] not in {clean.answers.statuses[-1], *clean.act.also}:
        yield f"answered {statuses} instead of {clean.answers.statuses}"
    if played.answers.key_in_use and not fault.may_keep_the_key:
        yield f"answered {statuses}: nobody has the key"
    tries = 1 if clean.act.keyed else len(statuses)
    if played.made >= clean.made + tries and not clean.act.also:
        yield f"made {played.made} in {tries} tries instead of {clean.made}"


def _played(scenario: Scenario, on_the_wire: Recorder | Strike | Both) -> Played:
    with made_scene() as scene, hasty_retries():
        act = scenario(scene)
        answers = act.happen(on_the_wire.on(scene.bed.wire))
        made = _made(scene)
        reaped = act.batch if isinstance(act, Delivered) else []
        problems = [*_outliving(scene, reaped), *_problems_reaped(scene, reaped)]
        problems += _findings(scene) if scene.is_checked else []
        problems += _contradictions(scene)
        scene.bed.clock.move(seconds=DAYS_LATER * 86_400)
        problems += _contradictions(scene)  # nothing is served that TTL has not taken yet
        scene.bed.run_ttl()
        problems += _problems_reaped(scene)
        pass_lifecycle(scene.bed)
        if left := Holdings.of(scene.bed).objects:
            problems.append(f"objects are left after all: {sorted(left)}")
    return Played(act, answers, problems, made)


def _made(scene: Scene) -> int:
    """Count alice's files and sessions, but for those that forms make for themselves."""
    by_form = {
        text(item, "id")
        for item in Holdings.of(scene.bed).uploads()
        if "by_form" in text(item, "session")
    }
    uploads = scene.alice.get("/uploads").json()["data"]
    made = [upload for upload in uploads if upload["id"] not in by_form]
    return len(scene.alice.listed()) + len(made)


def _problems_reaped(scene: Scene, reaped: Sequence[Record] = ()) -> list[str]:
    """Run the stream to its end, and all of it again, with what was reaped before."""
    stream = scene.bed.stream
    removed = stream.take()
    problems = violations(scene.bed, removed)
    if not (batch := [*reaped, *removed]):
        return problems
    for _ in range(2):
        stream.deliver(batch)
    problems += [f"{record} was not reaped" for record in stream.dead_letters]
    return [*problems, *_outliving(scene, batch), *violations(scene.bed)]


def _findings(scene: Scene) -> list[str]:
    """Have an operator check it all, also what is new."""
    check = Check(
        Catalog(scene.bed.deployment),
        Bucket(scene.bed.deployment),
        now=scene.bed.clock.now,
        grace_seconds=-time.time(),
        sleep=lambda _: None,
    )
    return [str(found) for found in check.run() if found.damage not in NOBODY_WAS_TOLD]


def _outliving(scene: Scene, reaped: Sequence[Record]) -> list[str]:
    """Tell of objects in S3 that what was reaped has left there."""
    return [f"{key} outlives what it was of" for key in left_by(scene.bed, reaped)]


def _contradictions(scene: Scene) -> list[str]:
    others = [witness for witness in (scene.bob, scene.service) if witness.stored]
    return [wrong for witness in (scene.alice, *others) for wrong in witness.contradictions()]
