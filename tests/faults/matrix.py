"""The matrix: every call that a scenario makes, times every fault that can hit it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.awsrequest import AWSResponse

import lambdas
from tests.bed.faults import FAULTS, Fault, Strike, chained, hasty_retries
from tests.bed.invariants import Holdings, leftovers, pass_lifecycle, violations
from tests.bed.wire import Call, Send, Wire
from tests.faults.scene import Scenario, Scene, made_scene

DAY = 86_400
ROOT = str(Path(lambdas.__file__).parent.parent)


@dataclass(frozen=True)
class Site:
    """Where the functions make a call: a function of theirs, and the call's operation."""

    module: str
    function: str
    operation: str


@dataclass(frozen=True)
class Played:
    """What came of a scenario: statuses, what is wrong, and how many things it made."""

    answers: list[int]
    also: frozenset[int]
    problems: list[str]
    made: int


@dataclass(frozen=True)
class Case:
    """One fault at one call of a scenario."""

    at: int
    call: Call
    fault: Fault

    def __str__(self) -> str:
        return f"call {self.at}, {self.call.operation}, {self.fault}"


class Recorder:
    """An interceptor that writes down calls, and where they are made."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.sites: list[Site] = []

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        self.calls.append(call)
        self.sites.append(_site_of(call))
        return send()

    @contextmanager
    def on(self, wire: Wire) -> Iterator[None]:
        """Record what this wire sends."""
        before, wire.interceptor = wire.interceptor, chained(self, wire.interceptor)
        try:
            yield
        finally:
            wire.interceptor = before


def _site_of(call: Call) -> Site:
    frame = sys._getframe()
    while not frame.f_code.co_filename.startswith(f"{ROOT}/lambdas/"):
        assert frame.f_back is not None, "a call that no function makes"
        frame = frame.f_back
    module = frame.f_code.co_filename.removeprefix(f"{ROOT}/").removesuffix(".py")
    function = frame.f_code.co_qualname.partition(".<locals>")[0]
    return Site(module.replace("/", "."), function, call.operation)


def recorded(scenario: Scenario) -> tuple[Played, Recorder]:
    """Play a scenario without a fault."""
    recorder = Recorder()
    return _played(scenario, recorder), recorder


def cases(recorder: Recorder) -> list[Case]:
    """Cross a scenario's calls with the faults."""
    return [
        Case(at, call, fault)
        for at, call in enumerate(recorder.calls)
        for fault in FAULTS
        if fault.can_hit(call)
    ]


def problems_of(scenario: Scenario, case: Case, clean: Played) -> list[str]:
    """Play a scenario with a fault and return what is not as it should be."""
    strike = Strike(case.fault, case.at)
    played = _played(scenario, strike)
    problems = [*played.problems, *_wrong_answers(played, clean)]
    if strike.struck is None:
        problems.append("the call did not come")
    return [f"{case}: {problem}" for problem in problems]


def _wrong_answers(played: Played, clean: Played) -> Iterator[str]:
    if played.answers[-1] not in {clean.answers[-1], *clean.also}:
        yield f"answered {played.answers} instead of {clean.answers}"
    tries = len(played.answers)
    if not clean.made <= played.made < clean.made + tries and not clean.also:
        yield f"made {played.made} in {tries} tries instead of {clean.made}"


def _played(scenario: Scenario, on_the_wire: Recorder | Strike) -> Played:
    with made_scene() as scene, hasty_retries():
        act = scenario(scene)
        answers = act.happen(on_the_wire.on(scene.bed.wire))
        problems = _problems_now(scene)
        made = len(scene.alice.listed()) + len(scene.alice.get("/uploads").json()["data"])
        problems += _problems_after(scene, 34 * DAY)
        if left := Holdings.of(scene.bed).objects:
            problems.append(f"objects are left after all: {sorted(left)}")
    return Played(answers, act.also, problems, made)


def _problems_after(scene: Scene, seconds: int) -> list[str]:
    """Let time pass, TTL come by late and the lifecycle in the end."""
    scene.bed.clock.move(seconds=seconds)
    problems = _contradictions(scene)
    scene.bed.run_ttl()
    problems += _problems_now(scene)
    pass_lifecycle(scene.bed)
    return problems + violations(scene.bed)


def _problems_now(scene: Scene) -> list[str]:
    """Run the stream to its end, and all of it again; what was reaped may have left nothing."""
    stream = scene.bed.stream
    removed = stream.take()
    problems = violations(scene.bed, removed)
    for _ in range(2):
        stream.deliver(removed)
    problems += [f"{record} was not reaped" for record in stream.dead_letters]
    reaped = {record["dynamodb"]["Keys"]["id"]["S"] for record in removed}
    problems += [
        f"{key} outlives what it was of"
        for key in leftovers(scene.bed)
        if reaped & {*key.split("/")}
    ]
    return problems + violations(scene.bed) + _contradictions(scene)


def _contradictions(scene: Scene) -> list[str]:
    witnesses = (scene.alice, scene.bob, scene.service)
    return [wrong for witness in witnesses for wrong in witness.contradictions()]
