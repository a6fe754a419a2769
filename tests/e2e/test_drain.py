"""A front door that is told to stop finishes what it has, and takes nothing new."""

import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from tests.e2e.batches import MIB
from tests.e2e.own_front_door import own_front_door
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * (20 * MIB // 256)


class Halting:
    """Content that halts half-way, until it may go on."""

    def __init__(self) -> None:
        self.has_halted = threading.Event()
        self.may_go_on = threading.Event()
        self._halves = [CONTENT[: len(CONTENT) // 2], CONTENT[len(CONTENT) // 2 :]]

    def read(self, _size: int = -1) -> bytes:
        if len(self._halves) == 1:
            self.has_halted.set()
            assert self.may_go_on.wait(timeout=60)
        return self._halves.pop(0) if self._halves else b""


def is_refused(base_url: str) -> bool:
    parts = urlsplit(base_url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) != 0


def test_requests_under_way_are_finished_and_new_ones_are_not_taken(
    user: User, client: openai.OpenAI
) -> None:
    stored = client.files.create(file=("a.jsonl", CONTENT), purpose="batch")
    ends: list[str] = []
    halting = Halting()
    with (
        own_front_door(user, on_end=ends.append) as mine,
        mine.sdk() as sdk,
        ThreadPoolExecutor() as thread,
        sdk.files.with_streaming_response.content(stored.id) as reading,
    ):
        file: Any = ("b.jsonl", halting)
        creating = thread.submit(sdk.files.create, file=file, purpose="batch")
        assert halting.has_halted.wait(timeout=60)
        os.kill(mine.deployment.front_door.process_id, signal.SIGTERM)
        wait_until(lambda: is_refused(mine.deployment.base_url))
        halting.may_go_on.set()
        created = creating.result()
        assert reading.read() == CONTENT
        wait_until(lambda: bool(ends))
    assert client.files.content(created.id).read() == CONTENT
