"""Files of one owner that come to one process at once: written together, told of each alone."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event, Lock, Semaphore
from typing import Any, cast
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from lambdas.core.errors import Busy, TooManyBytes, TooManyFiles, Unavailable
from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.pages import PageRequest
from lambdas.core.quota import Allowance, Amount
from lambdas.stores.catalog import conflicts
from lambdas.stores.catalog.claims import ClaimItems
from lambdas.stores.catalog.file_changes import FileChanges
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.together import Together, _Line
from lambdas.stores.catalog.usage import UsageItems
from tests.bed.aws import fresh_aws
from tests.bed.environment import CATALOG_TABLE
from tests.bed.stock import files_of

SINCE = 1_700_000_000
ROOM = Allowance(bytes=1000, files=1000, uploads=0)

Fault = Callable[[], None]


class Held:
    """A client whose first transaction waits at the gate; `sizes` are how much each writes."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.came, self.gate = Event(), Event()
        self.sizes: list[int] = []
        self.after: Fault = lambda: None
        self.before: Fault = lambda: None
        self._lock = Lock()

    def transact_write_items(self, **request: Any) -> Any:
        with self._lock:
            self.sizes.append(len(request["TransactItems"]))
            is_first = len(self.sizes) == 1
        if is_first:
            self.came.set()
            assert self.gate.wait(30)
        with self._lock:  # moto has none
            if not is_first:
                self.before()
            answer = self.client.transact_write_items(**request)
            if not is_first:
                self.after()
            return answer


class Announced:
    """A lock that tells of all who come for it."""

    def __init__(self) -> None:
        self.came = Semaphore(0)
        self._lock = Lock()

    def __enter__(self) -> None:
        self.came.release()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@dataclass(frozen=True)
class Process:
    """A process that has many requests, alice's line among its lines."""

    client: Held
    table: Table
    changes: FileChanges
    turn: Announced
    line: _Line

    def add(self, *files: File, allowed: Allowance = ROOM) -> list[Exception | None]:
        """Add the first, and the others while it is on its way; tell what each raised."""
        return self.run(
            *(lambda file=file: self.changes.add(file, allowed, None) for file in files)
        )

    def run(self, *acts: Callable[[], None]) -> list[Exception | None]:
        with ThreadPoolExecutor(len(acts)) as threads:
            futures: list[Future[None]] = []
            for act in acts:
                futures.append(threads.submit(act))
                assert self.turn.came.acquire(timeout=30)
            self.client.gate.set()
            return [cast("Exception | None", future.exception(30)) for future in futures]

    def held(self, owner: str = "alice") -> Amount:
        return UsageItems(with_client(self.table, self.client.client)).usage(owner).held

    def shown(self, owner: str = "alice") -> set[str]:
        files = FileItems(with_client(self.table, self.client.client))
        (entries,) = files.page(owner, None, PageRequest(), SINCE)
        return {file_id for file_id, _ in entries}


def with_client(table: Table, client: Any) -> Table:
    return Table(table.name, client)


@pytest.fixture
def process() -> Iterator[Process]:
    with fresh_aws() as session:
        client = Held(session.client("dynamodb"))
        lines, turn = Together(), Announced()
        lines._lines["alice"] = line = _Line(cast("Lock", turn))
        table = with_client(Table(CATALOG_TABLE, client.client), client)
        yield Process(client, table, FileChanges(table, lines), turn, line)


def some(count: int, owner: str = "alice", size: int = 10) -> list[File]:
    return list(files_of(owner, count, since=SINCE, size=size, seconds=3600))


def test_who_comes_while_one_is_written_goes_together(process: Process) -> None:
    files = some(9)
    assert process.add(*files) == [None] * 9
    assert process.client.sizes == [2, 9]
    assert process.shown() == {file.id for file in files}
    assert process.held() == Amount(used=90, files=9)


def test_not_more_go_together_than_a_transaction_takes(process: Process) -> None:
    files = some(31)
    assert process.add(*files) == [None] * 31
    assert process.client.sizes == [2, 26, 6]
    assert process.held() == Amount(used=310, files=31)


def test_where_not_all_fit_each_that_fits_is_added(process: Process) -> None:
    files = some(9)
    raised = process.add(*files, allowed=Allowance(bytes=59, files=1000, uploads=0))
    assert [type(error) for error in raised].count(TooManyBytes) == 4
    added = {file.id for file, error in zip(files, raised, strict=True) if error is None}
    assert process.shown() == added
    assert process.held() == Amount(used=50, files=5)


def test_no_more_files_are_added_together_than_allowed(process: Process) -> None:
    raised = process.add(*some(9, size=0), allowed=Allowance(bytes=0, files=5, uploads=0))
    assert [type(error) for error in raised].count(TooManyFiles) == 4
    assert process.held() == Amount(files=5)


def test_as_many_files_are_added_together_as_allowed(process: Process) -> None:
    assert process.add(*some(9), allowed=Allowance(bytes=90, files=9, uploads=0)) == [None] * 9
    assert process.client.sizes == [2, 9]


def test_a_file_that_is_there_does_not_pass_for_the_others(process: Process) -> None:
    first, there, new = some(3)
    FileChanges(with_client(process.table, process.client.client)).add(there, ROOM, None)
    assert process.add(first, there, new) == [None] * 3
    assert process.shown() == {first.id, there.id, new.id}
    assert process.held() == Amount(used=30, files=3)


def test_of_a_lost_answer_nobody_knows_anything(process: Process) -> None:
    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="")

    process.client.after = lose
    files = some(4)
    raised = process.add(*files)
    assert [type(error) for error in raised] == [type(None), *[Unavailable] * 3]
    assert process.shown() == {file.id for file in files}


def test_where_others_have_the_usage_all_are_told_to_come_again(process: Process) -> None:
    def conflict() -> None:
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        answer = {
            "Error": {"Code": "TransactionCanceledException"},
            "ResponseMetadata": {"HTTPStatusCode": 400},
            "CancellationReasons": reasons,
        }
        raise ClientError(cast("Any", answer), "TransactWriteItems")

    process.client.before = conflict
    with patch.object(conflicts, "CONFLICT_BUDGET_SECONDS", 0.0):
        raised = process.add(*(files := some(4)))
    assert [type(error) for error in raised] == [type(None), *[Busy] * 3]
    assert process.shown() == {files[0].id}


def test_what_nobody_expected_is_told_to_whom_it_befell(process: Process) -> None:
    def refuse() -> None:
        if process.client.sizes[-1] > 2 or len(process.client.sizes) == 3:
            raise ZeroDivisionError

    process.client.before = refuse
    raised = process.add(*some(3))
    assert [type(error) for error in raised].count(ZeroDivisionError) == 1
    assert process.held() == Amount(used=20, files=2)


def test_only_who_is_allowed_the_same_goes_along(process: Process) -> None:
    first, *others = some(4)
    more = Allowance(bytes=2000, files=1000, uploads=0)
    allowed = {first.id: ROOM, others[0].id: ROOM, others[1].id: more, others[2].id: ROOM}
    acts = [
        lambda file=file: process.changes.add(file, allowed[file.id], None)
        for file in [first, *others]
    ]
    assert process.run(*acts) == [None] * 4
    assert sorted(process.client.sizes) == [2, 2, 3]
    assert process.held() == Amount(used=40, files=4)


def test_owners_do_not_wait_for_one_another(process: Process) -> None:
    (hers,), (his,) = some(1), some(1, "bob")
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(process.changes.add, hers, ROOM, None)
        assert process.turn.came.acquire(timeout=30)
        assert process.client.came.wait(30)
        process.changes.add(his, ROOM, None)
        assert not waiting.done()
        process.client.gate.set()
    assert process.held("bob") == process.held() == Amount(used=10, files=1)


def test_a_line_lasts_as_long_as_somebody_is_in_it(process: Process) -> None:
    (his,) = some(1, "bob")
    process.client.gate.set()
    assert process.changes.together is not None
    process.changes.add(his, ROOM, None)
    assert list(process.changes.together._lines) == ["alice"]


def test_each_claim_has_its_own_answer(process: Process) -> None:
    files = some(3)
    keys = ClaimItems(with_client(process.table, process.client.client))
    claims = [Claim("alice", f"idempotency#{file.id}", "same", "first") for file in files]
    for claim in claims:
        assert keys.claim(claim, SINCE) is None
    acts = [
        lambda file=file, claim=claim: process.changes.add(file, ROOM, claim)
        for file, claim in zip(files, claims, strict=True)
    ]
    assert process.run(*acts) == [None] * 3
    assert process.client.sizes == [3, 5]
    again = [keys.claim(replace(claim, attempt="second"), SINCE + 1) for claim in claims]
    assert again == [file.rendered for file in files]
