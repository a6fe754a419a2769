"""What the simulation of one owner's writes takes for granted, and what its page says of it."""

import random
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.contention import tables
from benchmarks.contention.costs import create_units, release_units, units_of
from benchmarks.contention.creating import FUNCTIONS, Creates, Owner, Way
from benchmarks.contention.dynamodb import (
    MEASURED,
    SMALL,
    UNITS_A_SECOND,
    Assumptions,
    DynamoDB,
    Item,
    Partition,
)
from benchmarks.contention.scenarios import most_creates, one_owner, reaper
from benchmarks.contention.simulation import Process, Simulation
from lambdas.stores.catalog import conflicts
from lambdas.stores.catalog.table import n, s

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


class Steady(random.Random):
    """No chance at all: the middle of everything."""

    def random(self) -> float:
        return 0.5


@pytest.fixture
def simulation() -> Simulation:
    return Simulation()


@pytest.fixture
def database(simulation: Simulation) -> DynamoDB:
    return DynamoDB(simulation, Steady())


def told(simulation: Simulation, process: Generator[float, None, bool], into: list[str]) -> Process:
    done = yield from process
    into.append(f"{'done' if done else 'refused'} at {simulation.now * 1000:.1f} ms")


def begin(
    database: DynamoDB,
    item: Item,
    into: list[str],
    *,
    at: float = 0.0,
    partition: Partition | None = None,
) -> None:
    partition = partition or Partition()
    writing = database.transact(item, partition, units=8, items=2)
    database.simulation.start(told(database.simulation, writing, into), at)


def test_processes_go_on_in_the_order_of_time(simulation: Simulation) -> None:
    seen: list[tuple[str, float]] = []

    def process(name: str, *waits: float) -> Process:
        for seconds in waits:
            yield seconds
            seen.append((name, simulation.now))

    simulation.start(process("slow", 2.0, 2.0))
    simulation.start(process("fast", 1.0, 1.0, 1.0), at=0.5)
    simulation.run()
    assert seen == [("fast", 1.5), ("slow", 2.0), ("fast", 2.5), ("fast", 3.5), ("slow", 4.0)]


def test_a_transaction_alone_is_done(simulation: Simulation, database: DynamoDB) -> None:
    seen: list[str] = []
    begin(database, Item(), seen)
    simulation.run()
    assert seen == ["done at 25.3 ms"]
    assert (database.units, database.wasted) == (8, 0)


def test_an_item_that_a_transaction_has_refuses_another_which_costs(
    simulation: Simulation, database: DynamoDB
) -> None:
    seen: list[str] = []
    item = Item()
    begin(database, item, seen)
    begin(database, item, seen, at=0.010)
    simulation.run()
    assert seen == ["done at 25.3 ms", "refused at 35.3 ms"]
    assert (database.units, database.wasted) == (12, 4)


def test_who_comes_when_it_is_committed_is_done(simulation: Simulation, database: DynamoDB) -> None:
    seen: list[str] = []
    item = Item()
    begin(database, item, seen)
    begin(database, item, seen, at=0.0253 * MEASURED.held + 0.0001)
    simulation.run()
    assert [each.partition(" ")[0] for each in seen] == ["done", "done"]


def test_other_items_do_not_refuse(simulation: Simulation, database: DynamoDB) -> None:
    seen: list[str] = []
    begin(database, Item(), seen)
    begin(database, Item(), seen)
    simulation.run()
    assert seen == ["done at 25.3 ms"] * 2


def test_a_transaction_older_than_the_item_s_last_write_is_refused(
    simulation: Simulation, database: DynamoDB
) -> None:
    seen: list[str] = []
    begin(database, Item(written=1.0), seen)
    simulation.run()
    assert seen == ["refused at 25.3 ms"]


def test_a_partition_without_units_left_refuses_for_nothing(
    simulation: Simulation, database: DynamoDB
) -> None:
    seen: list[str] = []
    begin(database, Item(), seen, partition=Partition(left=-10.0))
    simulation.run()
    assert seen == ["refused at 25.3 ms"]
    assert (database.units, database.throttled) == (0, 1)


def test_a_partition_has_its_units_again_within_a_second() -> None:
    partition = Partition(left=0.0)
    assert not partition.has(1, now=0.0)
    assert partition.has(UNITS_A_SECOND // 2, now=0.5)
    assert not partition.has(UNITS_A_SECOND + 1, now=100.0)


@pytest.mark.parametrize(("share", "ms"), [(0.0, 19.4), (0.5, 25.3), (0.7, 28.0), (0.99, 92.5)])
def test_a_call_takes_as_long_as_was_measured(
    database: DynamoDB, share: float, ms: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.chance, "random", lambda: share)
    assert database.seconds(SMALL) == pytest.approx(ms / 1000)
    database.assumed = Assumptions(slowness=2.0)
    assert database.seconds(SMALL) == pytest.approx(ms / 500)


def test_the_indexes_are_paid_for_and_a_transaction_twice() -> None:
    item = {"owner": s("alice"), "id": s("file-1"), "file": s("x" * 1024)}
    assert units_of(item) == 4
    assert units_of({**item, "expires_at": n(1)}) == 6
    assert units_of({**item, "expires_at": n(1), "purpose_id": s("batch#file-1")}) == 10


def test_a_create_and_a_release_take_these_units() -> None:
    assert (create_units(), create_units(25), release_units()) == (8, 152, 6)


def test_all_that_wait_in_a_process_are_created_once(simulation: Simulation) -> None:
    creates = Creates(
        simulation, random.Random(1), Way(processes=1), [Owner([Item()], Partition())]
    )
    simulation.start(creates.arrive(100.0, 5.0))
    simulation.run()
    assert len(creates.figures.seconds) == creates.figures.asked > 400
    assert creates.figures.tries == creates.figures.asked  # nobody else has the item


def test_the_same_seed_tells_the_same() -> None:
    assert one_owner(30.0, seconds=10.0) == one_owner(30.0, seconds=10.0)


def test_a_client_that_tries_again_fails_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "CONFLICT_BUDGET_SECONDS", 0.5)
    once = one_owner(100.0, seconds=5.0)
    thrice = one_owner(100.0, replace(FUNCTIONS, client_tries=3), seconds=5.0)
    assert 0 < thrice.busy_share < once.busy_share


def test_the_page_says_what_is_simulated() -> None:
    page = PAGE.read_text().splitlines()
    for line in tables.creates(rates=(1, 2, 5, 10, 20, 30)):
        assert line in page


def test_the_page_says_what_one_owner_has() -> None:
    page, most = PAGE.read_text(), most_creates()
    assert f"| as it is: functions | {most} |" in page
    assert f"**{most} creates a second**" in page


def test_the_reaper_keeps_within_a_day_while_its_owner_creates_twenty_a_second() -> None:
    assert reaper(20.0, seconds=120.0).files_a_second * 86_400 > tables.FILES
