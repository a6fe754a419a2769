"""A moment of decision, and the scene in which it comes: clocks that may be apart from each other.

The API's clock is what API Gateway, or the front door, stamps on a request. DynamoDB's dates the
stream's records and drives TTL; S3's ends presigned URLs and drives the lifecycle rules.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType, SimpleNamespace
from typing import Literal
from unittest.mock import patch

from httpx2 import Response

from tests.bed.bed import Bed, made_bed
from tests.bed.bucket import Bucket
from tests.bed.holdings import Holdings
from tests.bed.invariants import leftovers, violations
from tests.bed.stream import Record
from tests.bed.uploader import Uploader

# Long past, so that the reaper's markers, whose end is by the real clock, stay throughout.
BEGINNING = 1_700_000_000
HOUR = 3600
DAY = 86_400

PLACES = {"before": -0.02, "at": 0, "after": 1}
"""Seconds from the moment; before it, it is still the second before for a few requests."""

APART = 2
"""How many seconds the clocks are apart."""

Seen = tuple[float, Callable[[], object]]
"""The moment, and what looks."""

Clock = Literal["the API's", "DynamoDB's", "S3's"]


class Scene:
    """One deployment on its own AWS, made when it is first asked for, and its clocks."""

    def __init__(self, stack: ExitStack, ahead: int = 0) -> None:
        self.stack = stack
        self.ahead = ahead
        self.begins = BEGINNING
        self.now = 0.0
        self.sums_up = True
        """Whether, once all is reaped, the usage must be the sum of what is there."""

    @cached_property
    def bed(self) -> Bed:
        """The deployment, whose S3 has a clock of its own."""
        bed = self.stack.enter_context(made_bed(self.begins))
        bed.bucket = Bucket(lambda: bed.clock.now + self.ahead, bed.wire)
        return bed

    @cached_property
    def alice(self) -> Uploader:
        """Alice, by the gateway."""
        return Uploader(self.bed)

    @cached_property
    def alice_at_the_door(self) -> Uploader:
        """Alice, by the front door."""
        return Uploader(self.bed.through("front_door"))

    def set(self, moment: float, clock: Clock = "the API's") -> None:
        """Make it this moment by one of the clocks."""
        self.now = moment if clock == "the API's" else moment - self.ahead
        if "bed" in self.__dict__:
            self.bed.clock.set(self.now)

    def tells(self, module: ModuleType) -> None:
        """Have a module that reads the machine's clock be told the scene's."""
        clock = SimpleNamespace(time=lambda: self.now)
        self.stack.enter_context(patch.object(module, "time", clock))

    def create(
        self, seconds: int = HOUR, content: bytes = b"hello", key: str | None = None
    ) -> Response:
        """Have alice store a file that lives so long, and return the answer."""
        life = {"expires_after[anchor]": "created_at", "expires_after[seconds]": str(seconds)}
        return self.alice.http.post(
            "/files",
            data={"purpose": "batch", **life},
            files={"file": ("a.jsonl", content)},
            headers={} if key is None else {"Idempotency-Key": key},
        )

    def run_ttl(self) -> list[str]:
        """Let TTL remove what has expired by DynamoDB's clock, and return the ids."""
        return self.bed.stream.remove_expired(self.bed.clock.now + self.ahead)

    def removed(self) -> list[Record]:
        """Take the records of what was removed, dated now by DynamoDB's clock."""
        records = self.bed.stream.take()
        for record in records:
            date = int(self.bed.clock.now + self.ahead)
            record["dynamodb"]["ApproximateCreationDateTime"] = date
        return records

    def end(self) -> None:
        """Let TTL come by, now and when all has ended, and reap twice: bytes come back once."""
        if "bed" not in self.__dict__ or not self.sums_up:
            return
        for later in (0, 31 * DAY):
            self.bed.clock.move(seconds=later)
            self.run_ttl()
            if records := self.removed():
                self.bed.stream.deliver(records)
                self.bed.stream.deliver(records)
            assert (violations(self.bed), leftovers(self.bed)) == ([], [])
        holdings = Holdings.of(self.bed)
        assert [*holdings.files(), *holdings.uploads()] == []


@dataclass(frozen=True)
class Moment:
    """One decision by time.

    `scene` sets everything up and returns the moment, by `clock`, and what looks; `seen` is what
    that must see before, at and after the moment. `decides` names the comparisons in the code, as
    `tests.moments.decisions` finds them.
    """

    what: str
    scene: Callable[[Scene], Seen]
    seen: tuple[object, object, object]
    decides: tuple[str, ...] = ()
    clock: Clock = "the API's"

    def look(self, place: str) -> object:
        """Set the scene, look at this place in time, and return what is seen.

        The clocks are apart so that those that do not decide are on the moment's other side.
        """
        others_ahead = APART if place == "before" else -APART
        with ExitStack() as stack:
            scene = Scene(stack, others_ahead if self.clock == "the API's" else -others_ahead)
            moment, look = self.scene(scene)
            scene.set(moment + PLACES[place], self.clock)
            seen = look()
            scene.end()
        return seen

    def expected(self, place: str) -> object:
        """Return what must be seen at this place in time."""
        return self.seen[[*PLACES].index(place)]
