"""Where requests meet: a deployment in some state, from which every play begins anew."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import moto.dynamodb.models.table as moto_table
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from front_door import threads
from infra.routes import REAP
from lambdas.core import ids
from lambdas.stores import copying
from larder.admin.check import objects
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed, made_bed
from tests.bed.environment import CATALOG_TABLE, REGION
from tests.bed.gateway import handler_of
from tests.bed.snapshot import LastingObjects, Snapshot
from tests.bed.uploader import Uploader
from tests.faults.scene import small_parts
from tests.orders.line import lines_in_turn
from tests.orders.outcome import Answer, Outcome, forget_what_was_given_up, left_now
from tests.orders.touches import CLOCK, Touch
from tests.orders.turns import Choose, InTurn, Step, Turns

BETWEEN = "goes on"
"""What somebody does between two things that are no calls."""

ANOTHER = " again"
"""Behind the name of who does the same as another."""

BEGINNING = int(time.time()) - 90_000
"""So long before now that links made a day later, which S3 dates by the real clock, are good."""


@dataclass(frozen=True)
class Act:
    """What somebody does: so many things after another, each of which is one to others.

    Between two of these comes the call `between`. `lets` names what may happen of itself then, such
    as that something expired is removed.
    """

    do: Callable[[], Answer]
    things: int = 1
    between: str = BETWEEN
    lets: str | None = None


@dataclass
class Stage:
    """A bed with something in it; each of its `acts` is a request, or something that happens.

    Every three of the `main` ones meet at once, and these `threes`; the other acts are long, or
    much like one of these. `now` is the time of every request that does not say otherwise, `passed`
    how many seconds DynamoDB's clock has gone on since, while somebody paused, and `plays` how
    often it was played.
    """

    bed: Bed
    lasting: LastingObjects
    acts: dict[str, Act] = field(default_factory=dict)
    main: tuple[str, ...] = ()
    threes: list[tuple[str, ...]] = field(default_factory=list)
    now: float = BEGINNING
    passed: float = 0
    plays: int = 0
    _beginning: Snapshot | None = None
    _made: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Let alice come."""
        self.turns = Turns(self.bed.wire, tests_wire)
        self.alice = Uploader(self.bed)

    def begins(self) -> None:
        """Begin every play with what there is now, at this time, and with alice's key known."""
        self.alice.usage()
        self.now = self.bed.clock.now
        self._beginning = Snapshot.taken(self.lasting)

    def act_of(self, name: str) -> Act:
        """Return what somebody does."""
        return self.acts[name.removesuffix(ANOTHER)]

    def play(self, who: Sequence[str], choose: Choose) -> Outcome | None:
        """Let some act from the beginning, in the order that is chosen; None if it was given up."""
        answers = self._played(who, choose)
        return None if answers is None else self._at_rest(answers)

    def play_again(self, outcome: Outcome, order: Sequence[str]) -> Outcome:
        """Let the same come of the same order of steps, and then whoever declined try again."""
        left = iter(order)

        def follow(_steps: Mapping[str, Step]) -> str | None:
            return next(left)

        answers = self._played(tuple(outcome.answers), follow)
        assert answers is not None
        forget_what_was_given_up()
        for name, answer in outcome.answers.items():
            if answer.declines:
                del self._made[name]
                answers |= self.turns.play({name: self.act_of(name).do}, _first) or {}
        return self._at_rest(answers)

    def _played(self, who: Sequence[str], choose: Choose) -> dict[str, Answer] | None:
        assert self._beginning is not None
        self._beginning.put_back()
        self.plays += 1
        for wire in (self.bed.wire, tests_wire):
            wire.forget()
        self._made.clear()
        self.passed = 0
        with self.turns.taken():
            return self.turns.play({name: self.act_of(name).do for name in who}, choose)

    def _at_rest(self, answers: dict[str, Answer]) -> Outcome:
        """Let the reaper be told of all that was removed, and return what came of it."""
        if told := self.removals():
            handler_of(REAP.handler)({"Records": told}, None)
        return Outcome(answers, left_now())

    def removals(self) -> list[dict[str, Any]]:
        """Return the stream's records of what was removed."""
        shard = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE].stream_shard
        assert shard is not None
        told = [one.record for one in shard.items if one.record["eventName"] == "REMOVE"]
        return [
            self.bed.stream._as_delivered({**one, "dynamodb": _dated(one["dynamodb"])})
            for one in told
            if id_of(one).startswith(("file-", "upload_"))
        ]

    def randbits(self, count: int) -> int:
        """Be random to ids, but the same in each play for whoever plays."""
        who = self.turns.who or "before"
        self._made[who] += 1
        return Random(f"{who} {self._made[who]}").getrandbits(count)

    def clock(self) -> datetime:
        """Return DynamoDB's time, without a zone, as moto has it."""
        return datetime.fromtimestamp(self.now + self.passed, UTC).replace(tzinfo=None)

    def pause(self, seconds: float) -> None:
        """Let time pass for whoever plays."""
        self.turns.pause(f"waits {seconds:g} s", frozenset({Touch(CLOCK, writes=True)}))
        self.passed += seconds


def _first(steps: Mapping[str, Step]) -> str:
    return next(iter(steps))


def id_of(record: Mapping[str, Any]) -> str:
    """Return the id of the item that a record is about."""
    return str(record["dynamodb"]["Keys"]["id"]["S"])


def _dated(change: dict[str, Any]) -> dict[str, Any]:
    """Give a record's date its zone."""
    date = change["ApproximateCreationDateTime"].replace(tzinfo=UTC)
    return {**change, "ApproximateCreationDateTime": date}


@contextmanager
def made_stage() -> Iterator[Stage]:
    """Deploy, with nothing in it yet; what a function has threads for, it does in turn."""
    with ExitStack() as stack:
        stack.enter_context(small_parts())
        lasting = LastingObjects()
        stack.enter_context(lasting.in_force())
        stage = Stage(stack.enter_context(made_bed(BEGINNING)), lasting)
        for target, name, value in (
            (ids, "secrets", SimpleNamespace(randbits=stage.randbits)),
            (moto_table, "utcnow", stage.clock),
            (threads, "ThreadPoolExecutor", InTurn),
            (copying, "ThreadPoolExecutor", InTurn),
            (objects, "ThreadPoolExecutor", InTurn),
        ):
            stack.enter_context(patch.object(target, name, value))
        stack.enter_context(lines_in_turn(stage.turns))
        logging.disable()
        stack.callback(logging.disable, logging.NOTSET)
        yield stage
