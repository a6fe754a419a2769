"""Clients that hardly move: they hold up nobody, and are cut off at the stated time."""

import select
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

import openai
import pytest

from tests.e2e.batches import MIB
from tests.e2e.own_front_door import own_front_door
from tests.e2e.user import User

pytestmark = pytest.mark.slow

WINDOW = 5.0
LATE = 5.0  # this machine may be busy
EACH = 4

Cut = tuple[float, str]
"""After how many seconds a client was cut off, and what it was told."""


@pytest.fixture
def user(user: User) -> Iterator[User]:
    """A user of a front door that cuts off whoever moves less than 64 KiB within five seconds."""
    with own_front_door(user, window_seconds=WINDOW, window_bytes=64 * 1024) as mine:
        yield mine


def connected(user: User) -> socket.socket:
    parts = urlsplit(user.deployment.base_url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port))


def send_a_byte_a_second(user: User) -> Cut:
    head = (
        f"POST /v1/files HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer {user.key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {10 * MIB}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    )
    with closing(connected(user)) as line:
        began = time.monotonic()
        line.sendall(head.encode())
        while not select.select([line], [], [], 1.0)[0]:
            line.sendall(b"x")
        return time.monotonic() - began, all_of(line).decode()


def all_of(line: socket.socket) -> bytes:
    """Read to the end: headers and body may come one after the other."""
    told = bytearray()
    with suppress(ConnectionError):
        while received := line.recv(64 * 1024):
            told += received
    return bytes(told)


def read_a_byte_a_second(user: User, file_id: str) -> Cut:
    head = (
        f"GET /v1/files/{file_id}/content HTTP/1.1\r\nHost: larder\r\n"
        f"Authorization: Bearer {user.key}\r\n\r\n"
    )
    with closing(connected(user)) as line:
        began = time.monotonic()
        line.sendall(head.encode())
        told = line.recv(8)
        ended = select.poll()
        ended.register(line, 0)  # what has come already can be read even then
        while not ended.poll(1000):
            line.recv(1)
        return time.monotonic() - began, told.decode()


@pytest.fixture
def file_id(client: openai.OpenAI) -> Iterator[str]:
    """A file that is larger than what sockets hold."""
    file = client.files.create(file=("a.jsonl", bytes(40 * MIB)), purpose="batch")
    yield file.id
    client.files.delete(file.id)


def test_clients_that_hardly_move_hold_up_nobody_and_are_cut_off(
    user: User, client: openai.OpenAI, file_id: str
) -> None:
    content = bytes(6 * MIB)
    with ThreadPoolExecutor(2 * EACH) as slow:
        senders = [slow.submit(send_a_byte_a_second, user) for _ in range(EACH)]
        readers = [slow.submit(read_a_byte_a_second, user, file_id) for _ in range(EACH)]
        created = client.files.create(file=("b.jsonl", content), purpose="batch")
        assert client.files.content(created.id).read() == content
        assert not any(each.done() for each in (*senders, *readers))
    for sender in senders:
        seconds, told = sender.result()
        assert WINDOW <= seconds < WINDOW + LATE
        assert told.startswith("HTTP/1.1 408 ")
        assert "at least 64 KiB must come within 5 seconds" in told
    for reader in readers:
        seconds, told = reader.result()
        assert WINDOW <= seconds < WINDOW + LATE
        assert told == "HTTP/1.1"
    usage = user.usage()  # what a slow sender has reserved is given back
    assert (usage["bytes"], usage["reserved_bytes"]) == (46 * MIB, 0)
