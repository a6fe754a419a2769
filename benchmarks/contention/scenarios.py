"""What is simulated: one owner's creates, those of many, and the reaper behind a mass expiry."""

import random
from dataclasses import dataclass

from benchmarks.contention.costs import release_units
from benchmarks.contention.creating import FUNCTIONS, Creates, Owner, Way
from benchmarks.contention.dynamodb import Item, Partition
from benchmarks.contention.figures import Figures
from benchmarks.contention.simulation import Process, Simulation
from lambdas.stores.catalog.conflicts import pauses

REAPER_BATCH = 100
"""What infra/constructs/reaper.py asks for, which takes seconds to import."""

SEED = 15
SECONDS = 60.0
SETTLED_AFTER = 12.0
"""By then those that give up have begun to, so rates are counted from here on."""

PATIENCE_SECONDS = 1.0
RATES_TRIED = (
    1, 2, 3, 5, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 32, 35, 38, 40, 45, 50, 55, 60, 65, 70,
    80, 90, 100, 110, 120, 130, 140, 150, 160,
)  # fmt: skip


def one_owner(rate: float, way: Way = FUNCTIONS, seconds: float = SECONDS) -> Figures:
    """Have one owner create files at a rate."""
    return _create([_owner(way, Partition())], rate, way, seconds)


def many_owners(count: int, rate: float, partitions: int, seconds: float = SECONDS) -> Figures:
    """Have so many owners create files at a rate, in all, in a table of partitions."""
    shared = [Partition() for _ in range(partitions)]
    owners = [_owner(FUNCTIONS, shared[number % partitions]) for number in range(count)]
    return _create(owners, rate, FUNCTIONS, seconds)


def _owner(way: Way, partition: Partition) -> Owner:
    return Owner([Item() for _ in range(way.usages)], partition)


def _create(owners: list[Owner], rate: float, way: Way, seconds: float) -> Figures:
    simulation = Simulation()
    creates = Creates(simulation, random.Random(SEED), way, owners)
    simulation.start(creates.arrive(rate, seconds))
    simulation.run()
    creates.figures.units = creates.database.units
    creates.figures.wasted = creates.database.wasted
    return creates.figures


def most_creates(way: Way = FUNCTIONS) -> int:
    """Find how many creates a second one owner has: all done, 99 of 100 within a second."""
    most = 0
    for rate in RATES_TRIED:
        figures = one_owner(rate, way, 2 * SECONDS)
        if figures.failed or figures.quantile(0.99) > PATIENCE_SECONDS:
            break
        most = rate
    return most


@dataclass(frozen=True, slots=True)
class Reaped:
    """What the reaper came to behind a mass expiry, while its owner created files."""

    files_a_second: float
    longest_batch: float
    creating: Figures


def reaper(rate: float, together: int = 1, seconds: float = 300.0) -> Reaped:
    """Have the reaper work off a shard full of one owner's files, while the owner creates some.

    One batch follows another, its releases one by one or so many together, then one call to S3.
    """
    simulation, chance = Simulation(), random.Random(SEED)
    owner = _owner(FUNCTIONS, Partition())
    creates = Creates(simulation, chance, FUNCTIONS, [owner])
    batches: list[float] = []

    def release() -> Process:
        for pause in pauses(lambda: simulation.now, chance.uniform):
            yield pause
            units, items = release_units(together), together + 1
            done = yield from creates.database.transact(
                owner.usages[0], owner.partition, units=units, items=items
            )
            if done:
                return

    def work() -> Process:
        while simulation.now < seconds:
            began = simulation.now
            for _ in range(REAPER_BATCH // together):
                yield from release()
            yield chance.uniform(0.1, 0.2)
            batches.append(simulation.now - began)

    simulation.start(work())
    if rate:
        simulation.start(creates.arrive(rate, seconds))
    simulation.run()
    return Reaped(REAPER_BATCH * len(batches) / sum(batches), max(batches), creates.figures)
