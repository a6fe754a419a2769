"""A usage is set to its sum while things go: their bytes come back once, by clocks that differ."""

from collections.abc import Callable, Iterator

import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.run import SETTLE_SECONDS, Check
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed, made_bed
from tests.bed.damage import vandal_of
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader
from tests.moments.moment import BEGINNING, DAY, HOUR

SIZE, ERROR = 5, 3
APART = pytest.mark.parametrize("apart", [-2, 2])
"""By how much what dates the stream's records is ahead of what answers the check."""


class DatedCatalog(Catalog):
    """A catalog whose answers are dated by the bed's clock."""

    def __init__(self, bed: Bed) -> None:
        super().__init__(bed.deployment)
        self._bed = bed

    def clock(self) -> float:
        """The time by it."""
        return self._bed.clock.now


class Removal:
    """A file that TTL removes, and the record of that, which comes when all else is done."""

    def __init__(self, bed: Bed, apart: int) -> None:
        self._bed = bed
        self._apart = apart
        self._date = 0

    def come(self) -> None:
        """Remove it now."""
        assert self._bed.run_ttl()
        self._date = int(self._bed.clock.now + self._apart)

    def be_told(self) -> None:
        """Have the reaper learn of it."""
        [record] = self._bed.stream.take()
        record["dynamodb"]["ApproximateCreationDateTime"] = self._date
        self._bed.stream.deliver([record])


@pytest.fixture
def bed() -> Iterator[Bed]:
    """Alice has a file that has expired, one that lives, and a usage that is too high."""
    with made_bed(BEGINNING) as bed:
        for seconds in (HOUR, DAY):
            form = {"purpose": "batch", "expires_after[seconds]": str(seconds)}
            file = {"file": ("a.jsonl", bytes(SIZE))}
            assert bed.http_of("alice").post("/files", data=form, files=file).is_success
        vandal_of(bed.session, "alice").mangle("usage", used_bytes={"N": str(2 * SIZE + ERROR)})
        bed.clock.move(seconds=HOUR + 100)
        yield bed


@pytest.fixture
def removal(bed: Bed, apart: int) -> Removal:
    return Removal(bed, apart)


def settle(bed: Bed, half_way: Callable[[], object] = lambda: None) -> None:
    """Check and repair; waiting, let time pass, and something come between the two looks."""
    halves = iter([half_way])

    def wait(seconds: float) -> None:
        bed.clock.move(seconds=seconds)
        next(halves, lambda: None)()

    catalog, bucket = DatedCatalog(bed), Bucket(bed.deployment)
    list(Check(catalog, bucket, repair=True, now=bed.clock.now, sleep=wait).run())


def used(bed: Bed) -> int:
    return Uploader(bed).usage()["bytes"]


@APART
def test_what_went_just_before_the_first_look(bed: Bed, removal: Removal) -> None:
    removal.come()
    settle(bed)
    assert used(bed) == SIZE
    removal.be_told()
    assert used(bed) == SIZE


@APART
def test_what_goes_between_the_looks_leaves_the_usage_to_another_check(
    bed: Bed, removal: Removal
) -> None:
    settle(bed, removal.come)
    removal.be_told()
    assert used(bed) == SIZE + ERROR


@APART
def test_what_goes_just_after_the_second_look(bed: Bed, removal: Removal) -> None:
    with meanwhile(tests_wire, "TransactWriteItems", removal.come):
        settle(bed)
    removal.be_told()
    assert used(bed) == SIZE


def test_it_waits_longer_than_clocks_are_apart() -> None:
    assert SETTLE_SECONDS / 2 > 2 + 1  # and dates are of whole seconds
