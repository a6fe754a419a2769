"""Owners who create files at a rate, with the pauses and the lines that the catalog has."""

import random
from dataclasses import dataclass, field

from benchmarks.contention.costs import create_units
from benchmarks.contention.dynamodb import MEASURED, SINGLE, Assumptions, DynamoDB, Item, Partition
from benchmarks.contention.figures import Figures
from benchmarks.contention.simulation import Process, Simulation
from lambdas.stores.catalog.conflicts import pauses
from lambdas.stores.catalog.together import MOST_TOGETHER

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
S3_SECONDS = (0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Way:
    """How creates are committed.

    Attributes:
        assumed: What AWS does not state.
        usages: Into how many items an owner's usage is split; the catalog has one.
        processes: The front door's, in each of which creates go together; none are functions.
        client_tries: How often a client sends what is answered Busy: the SDKs, three times.
    """

    assumed: Assumptions = MEASURED
    usages: int = 1
    processes: int = 0
    client_tries: int = 1


FUNCTIONS = Way()


@dataclass(slots=True)
class Owner:
    """Whose usage is written: its items, and the partition that they lie in."""

    usages: list[Item]
    partition: Partition


@dataclass(slots=True, eq=False)
class Create:
    """A create, and when it came."""

    came: float
    tries_left: int


@dataclass(slots=True)
class Line:
    """What waits in a process of the front door, and whether some are being written."""

    waiting: list[Create] = field(default_factory=list)
    is_writing: bool = False


class Creates:
    """All creates of some owners; at equal chances each is anybody's of them."""

    def __init__(
        self, simulation: Simulation, chance: random.Random, way: Way, owners: list[Owner]
    ) -> None:
        self.simulation, self.chance, self.way, self.owners = simulation, chance, way, owners
        self.database = DynamoDB(simulation, chance, way.assumed)
        self.figures = Figures()
        self._lines = [Line() for _ in range(way.processes)]

    def arrive(self, rate: float, seconds: float) -> Process:
        """Have so many come in a second, each by itself."""
        while True:
            yield self.chance.expovariate(rate)
            if self.simulation.now >= seconds:
                return
            self.figures.asked += 1
            create = Create(self.simulation.now, self.way.client_tries)
            self.simulation.start(self._store(create, self.chance.choice(self.owners)))

    def _store(self, create: Create, owner: Owner) -> Process:
        """Read the usage, put the content, and commit."""
        create.tries_left -= 1
        yield self.database.seconds(SINGLE)
        yield self.chance.uniform(*S3_SECONDS)
        if not self._lines:
            yield from self._commit([create], owner)
            return
        line = self.chance.choice(self._lines)
        line.waiting.append(create)
        while line.waiting and not line.is_writing:
            group, line.waiting = line.waiting[:MOST_TOGETHER], line.waiting[MOST_TOGETHER:]
            line.is_writing = True
            yield from self._commit(group, owner)
            line.is_writing = False

    def _commit(self, group: list[Create], owner: Owner) -> Process:
        usage = self.chance.choice(owner.usages)
        units = create_units(len(group))
        for pause in pauses(lambda: self.simulation.now, self.chance.uniform):
            yield pause
            self.figures.tries += len(group)
            done = yield from self.database.transact(
                usage, owner.partition, units=units, items=len(group) + 1
            )
            if done:
                for create in group:
                    self.figures.done(self.simulation.now, create.came)
                return
        for create in group:
            self._busy(create, owner)

    def _busy(self, create: Create, owner: Owner) -> None:
        """Give up, or come again as the SDKs do: after half a second, then a second."""
        self.figures.busy += 1
        if not create.tries_left:
            self.figures.failed += 1
            return
        wait = 0.5 * 2.0 ** (self.way.client_tries - 1 - create.tries_left)
        wait *= self.chance.uniform(0.75, 1)
        self.simulation.start(self._store(create, owner), self.simulation.now + wait)
