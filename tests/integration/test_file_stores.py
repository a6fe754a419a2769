"""What the stores of files oblige to, of the catalog and of the tests' store in memory alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest

from lambdas.core.errors import FileNotFound, TooManyBytes, TooManyFiles
from lambdas.core.file import File
from lambdas.core.file_changes import FileChangeStore
from lambdas.core.files import FileStore
from lambdas.core.pages import PageRequest
from lambdas.core.quota import Allowance
from lambdas.stores.catalog.file_changes import FileChanges
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from tests.bed.aws import fresh_aws
from tests.bed.environment import CATALOG_TABLE
from tests.bed.memory import MemoryFiles
from tests.bed.stock import files_of

SINCE = 1_700_000_000
EVERYTHING = PageRequest()


@dataclass(frozen=True)
class Stores:
    """Where files are read, and where they are changed."""

    files: FileStore
    changes: FileChangeStore


@pytest.fixture(params=["catalog", "memory"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        memory = MemoryFiles()
        yield Stores(memory, memory)
        return
    with fresh_aws() as session:
        table = Table(CATALOG_TABLE, session.client("dynamodb"))
        yield Stores(FileItems(table), FileChanges(table))


def bytes_(most: int) -> Allowance:
    return Allowance(bytes=most, files=1000, uploads=0)


def one_file(owner: str = "alice", *, size: int = 10, seconds: int = 3600) -> File:
    (file,) = files_of(owner, 1, since=SINCE, size=size, seconds=seconds)
    return file


def shown(stores: Stores, owner: str, now: float) -> list[tuple[str, str]]:
    return [*chain.from_iterable(stores.files.page(owner, None, EVERYTHING, now))]


def test_an_added_file_is_had_as_it_was(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    assert stores.files.get("alice", file.id, SINCE) == file


def test_nothing_is_added_beyond_the_quota(stores: Stores) -> None:
    stores.changes.add(one_file(), bytes_(19), None)
    refused = one_file()
    with pytest.raises(TooManyBytes) as raised:
        stores.changes.add(refused, bytes_(19), None)
    assert "10 of 19 bytes are used and this needs 10 more" in raised.value.message
    with pytest.raises(FileNotFound):
        stores.files.get("alice", refused.id, SINCE)


def test_no_more_files_are_added_than_allowed_however_small(stores: Stores) -> None:
    two = Allowance(bytes=0, files=2, uploads=0)
    stores.changes.add(one_file(size=0), two, None)
    stores.changes.add(one_file(size=0), two, None)
    with pytest.raises(TooManyFiles, match="at most 2 files"):
        stores.changes.add(one_file(size=0), two, None)


def test_an_expired_file_is_not_found(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    assert stores.files.get("alice", file.id, SINCE + 3599.999) == file
    with pytest.raises(FileNotFound):
        stores.files.get("alice", file.id, SINCE + 3600)


def test_an_expired_file_is_not_listed(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    assert shown(stores, "alice", SINCE + 3599.999) == [(file.id, file.rendered)]
    assert shown(stores, "alice", SINCE + 3600) == []


def test_an_expired_file_is_not_removed(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    with pytest.raises(FileNotFound):
        stores.changes.remove("alice", file.id, SINCE + 3600)


def test_a_removed_file_is_gone_and_gives_its_bytes_back(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    stores.changes.remove("alice", file.id, SINCE)
    with pytest.raises(FileNotFound):
        stores.files.get("alice", file.id, SINCE)
    stores.changes.add(one_file(), bytes_(10), None)


def test_a_file_is_removed_once(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    stores.changes.remove("alice", file.id, SINCE)
    with pytest.raises(FileNotFound):
        stores.changes.remove("alice", file.id, SINCE)


def test_a_file_is_its_owner_s_alone(stores: Stores) -> None:
    file = one_file()
    stores.changes.add(file, bytes_(10), None)
    assert shown(stores, "bob", SINCE) == []
    with pytest.raises(FileNotFound):
        stores.files.get("bob", file.id, SINCE)
    with pytest.raises(FileNotFound):
        stores.changes.remove("bob", file.id, SINCE)
