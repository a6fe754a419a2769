"""How much memory a front door takes for content of any size, in a process of its own."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import openai
import psutil
import pytest

from tests.e2e.batches import MIB, large_file
from tests.e2e.conftest import NewUser
from tests.e2e.own_front_door import own_front_door
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ONE_GROWS_BY = 48 * MIB
EIGHT_GROW_BY = 200 * MIB
EIGHT_DIFFER_BY = 2.0
"""The slowest of eight that begin together takes at most so many times as long as the fastest."""


@pytest.fixture
def owner(user: User) -> Iterator[User]:
    """An owner whose files are deleted in the end, for they are large."""
    yield user
    with user.sdk() as client:
        for file in client.files.list():
            client.files.delete(file.id)


@pytest.fixture
def service(new_user: NewUser, owner: User) -> User:
    """Acts for the owner: its results may have 512 MiB."""
    return replace(new_user("--scope", "service"), headers={"Larder-Owner": owner.owner})


class Memory:
    """The most that a process has had, and what it had at first."""

    def __init__(self, process_id: int) -> None:
        self._process = psutil.Process(process_id)
        self._first = self._most = self._now()

    def _now(self) -> int:
        return int(self._process.memory_info().rss)

    @property
    def grown(self) -> int:
        return self._most - self._first

    def look(self) -> None:
        self._most = max(self._most, self._now())


@contextmanager
def watched(user: User) -> Iterator[Memory]:
    """Look at a front door's memory all the time."""
    memory = Memory(user.deployment.front_door.process_id)
    over = threading.Event()

    def look() -> None:
        while not over.wait(timeout=0.02):
            memory.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def stored(client: openai.OpenAI, path: Path) -> str:
    with path.open("rb") as file:
        return client.files.create(file=file, purpose="batch-output").id  # type: ignore[arg-type]


def read(client: openai.OpenAI, file_id: str) -> int:
    with client.files.with_streaming_response.content(file_id) as answer:
        return sum(len(chunk) for chunk in answer.iter_bytes(MIB))


def test_the_largest_file_takes_little_memory_in_and_out(service: User, tmp_path: Path) -> None:
    size = 512 * MIB
    path = large_file(tmp_path / "512.jsonl", size)
    with own_front_door(service) as user, user.sdk() as client, watched(user) as memory:
        file_id = stored(client, path)
        path.unlink()
        assert memory.grown < ONE_GROWS_BY
        assert read(client, file_id) == size
    assert memory.grown < ONE_GROWS_BY


def test_eight_files_at_once_take_little_memory_and_none_starves(
    service: User, tmp_path: Path
) -> None:
    path = large_file(tmp_path / "100.jsonl", 100 * MIB)
    together = threading.Barrier(8)

    def seconds_of(client: openai.OpenAI) -> float:
        together.wait(timeout=60)
        began = time.monotonic()
        stored(client, path)
        return time.monotonic() - began

    with (
        own_front_door(service) as user,
        user.sdk() as client,
        watched(user) as memory,
        ThreadPoolExecutor(8) as eight,
    ):
        seconds = sorted(eight.map(seconds_of, [client] * 8))
    path.unlink()
    assert memory.grown < EIGHT_GROW_BY
    assert seconds[-1] < EIGHT_DIFFER_BY * seconds[0]


def test_readers_that_read_nothing_hold_little_memory_until_they_are_cut_off(
    service: User, tmp_path: Path
) -> None:
    path = large_file(tmp_path / "100.jsonl", 100 * MIB)
    with (
        own_front_door(service, window_seconds=3) as user,
        user.sdk() as client,
        watched(user) as memory,
        ExitStack() as readers,
    ):
        file_id = stored(client, path)
        for _ in range(16):
            readers.enter_context(client.files.with_streaming_response.content(file_id))
        process = psutil.Process(user.deployment.front_door.process_id)
        wait_until(lambda: len(clients_of(process)) == 1)  # the one that stored it
    assert memory.grown < ONE_GROWS_BY


def clients_of(process: psutil.Process) -> list[int]:
    """The ports of those that a front door has connections from."""
    base = {each.laddr.port for each in process.net_connections() if each.status == "LISTEN"}
    return [
        each.raddr.port
        for each in process.net_connections()
        if each.status == "ESTABLISHED" and each.laddr.port in base
    ]
