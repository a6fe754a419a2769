"""DynamoDB as far as writes to one item meet: what it refuses, how long it takes, what it costs.

The rules are those of AWS's paper: https://www.usenix.org/system/files/atc23-idziorek.pdf (3.3).
A transaction is written to a ledger, prepared at each item, noted in the ledger and committed at
each item. From the second step to the fourth no other write has the item, and a transaction whose
timestamp is older than the item's last write is refused too.
"""

import random
from dataclasses import dataclass

from benchmarks.contention.costs import refused_units
from benchmarks.contention.simulation import Process, Simulation

Quantiles = tuple[tuple[float, float], ...]
"""Shares of all calls, and the milliseconds within which they are answered."""

# Measured by Alex DeBrie from a Lambda function, 400 calls each: of one item, and of 5 and 25.
# https://github.com/alexdebrie/dynamodb-performance-testing
SINGLE: Quantiles = (
    (0.0, 5.47), (0.5, 7.55), (0.9, 11.3), (0.95, 13.2), (0.99, 16.2), (1.0, 29.0),
)  # fmt: skip
SMALL: Quantiles = (
    (0.0, 19.4), (0.5, 25.3), (0.9, 30.7), (0.95, 36.4), (0.99, 92.5), (1.0, 218.0),
)  # fmt: skip
LARGE: Quantiles = (
    (0.0, 23.5), (0.5, 32.1), (0.9, 40.5), (0.95, 47.2), (0.99, 97.5), (1.0, 258.0),
)  # fmt: skip
MOST_SMALL = 10

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
UNITS_A_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What AWS does not state.

    Attributes:
        slowness: How many times as long as measured every call takes.
        before: The share of a transaction's time before it has its items. One call takes 1.6 ms on
            the way and 5.9 ms in DynamoDB, if a transaction takes four times the latter, as the
            paper says; then the ledger is written after a quarter of it.
        held: The share in which it has them: until the commit is done, but for the way back.
    """

    slowness: float = 1.0
    before: float = 0.27
    held: float = 0.70


MEASURED = Assumptions()


@dataclass(slots=True)
class Item:
    """An item that many write: whether a transaction has it, and when it was last written."""

    has_transaction: bool = False
    written: float = 0.0


@dataclass(slots=True)
class Partition:
    """What all items of an owner share: a table with local indexes never splits them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
    """

    left: float = UNITS_A_SECOND
    since: float = 0.0

    def has(self, units: int, now: float) -> bool:
        """Tell whether so many write units are left of this second."""
        gained = (now - self.since) * UNITS_A_SECOND
        self.left, self.since = min(UNITS_A_SECOND, self.left + gained), now
        return self.left >= units


@dataclass(slots=True)
class DynamoDB:
    """The table, and the write units that were paid for, those for nothing among them."""

    simulation: Simulation
    chance: random.Random
    assumed: Assumptions = MEASURED
    units: int = 0
    wasted: int = 0
    throttled: int = 0

    def transact(self, item: Item, partition: Partition, *, units: int, items: int) -> Process:
        """Write the item among others that nobody else writes; return whether it was done.

        What has no room left in the partition's second is refused too, and not paid for.
        """
        stamp = self.simulation.now
        seconds = self.seconds(SMALL if items <= MOST_SMALL else LARGE)
        yield seconds * self.assumed.before
        if not partition.has(units // 2, self.simulation.now):
            self.throttled += 1
            yield seconds * (1 - self.assumed.before)
            return False
        if item.has_transaction or item.written > stamp:
            self._spend(partition, refused_units(items))
            self.wasted += refused_units(items)
            # It takes as long as one that is done: measured too, "5 items w/ failure".
            yield seconds * (1 - self.assumed.before)
            return False
        item.has_transaction = True
        self._spend(partition, units)
        yield seconds * self.assumed.held
        item.has_transaction = False
        item.written = stamp
        yield seconds * (1 - self.assumed.before - self.assumed.held)
        return True

    def _spend(self, partition: Partition, units: int) -> None:
        partition.left -= units
        self.units += units

    def seconds(self, quantiles: Quantiles) -> float:
        """Draw how long a call takes."""
        share = self.chance.random()
        low, low_ms = quantiles[0]
        for high, high_ms in quantiles[1:]:
            if share <= high:
                within = (share - low) / (high - low)
                return self.assumed.slowness * (low_ms + within * (high_ms - low_ms)) / 1000
            low, low_ms = high, high_ms
        raise AssertionError(share)
