"""The process that serves the one base URL: who it is at AWS, and how it comes and goes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
import urllib3
from botocore.exceptions import ClientError

from infra.local.deployment import RunningDeployment
from infra.local.errors import FrontDoorError
from infra.local.front_door import RunningFrontDoor, running_front_door
from infra.local.ports import HOST, bound
from tests.e2e.batches import MIB
from tests.e2e.conftest import free_port
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

Clients = Callable[[str], Any]
Start = Callable[..., RunningFrontDoor]
BOUNDARY = "cut-here"
STARTER = """
import json, sys, time
from pathlib import Path
from infra.local.front_door import running_front_door
from infra.local.ports import bound

port, url, environment, log = json.loads(sys.argv[1])
with running_front_door(bound(port), url, environment, Path(log)) as door:
    print(door.process_id, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def clients(deployment: RunningDeployment) -> Clients:
    """AWS's clients with the front door's own credentials."""
    its = deployment.front_door.environment
    session: Any = boto3.Session(
        its["AWS_ACCESS_KEY_ID"], its["AWS_SECRET_ACCESS_KEY"], region_name=its["AWS_REGION"]
    )
    return lambda service: session.client(service, endpoint_url=deployment.endpoint_url)


@pytest.fixture
def another(deployment: RunningDeployment, tmp_path: Path) -> Iterator[Start]:
    """Starts a second front door before the same emulator, which runs until the test ends."""
    its = deployment.front_door
    with ExitStack() as stack:

        def start(
            port: int | None = None, on_end: Callable[[str], None] | None = None, **environment: str
        ) -> RunningFrontDoor:
            run = running_front_door(
                bound(port or free_port()),
                its.api_url,
                {**its.environment, **environment},
                tmp_path / "log",
                on_end=on_end,
            )
            return stack.enter_context(run)

        yield start


def form(content: bytes) -> bytes:
    """A form of a file, without what the boundary may not occur in."""
    said = f"--{BOUNDARY}\r\ncontent-disposition: form-data; name="
    return (
        f'{said}"purpose"\r\n\r\nbatch\r\n{said}"file"; filename="a.jsonl"\r\n\r\n'.encode()
        + content
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def begin(port: int, user: User, body: bytes, sent: int) -> socket.socket:
    """Send the head of a form's request, and so much of its body."""
    line = socket.create_connection((HOST, port), timeout=60)
    head = (
        f"POST /v1/files HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {user.key}\r\n"
        f"content-type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    line.sendall(head.encode() + body[:sent])
    return line


def answer_on(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(2**16), b""))


def port_of(door: RunningFrontDoor) -> int:
    return urlsplit(door.base_url).port or 0


def has_ended(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def accepts(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


class TestItsRole:
    """It may do what its row says, as `infra.routes.FRONT_DOOR` has it."""

    def test_it_finds_keys(self, clients: Clients, deployment: RunningDeployment) -> None:
        table = deployment.outputs["ApiKeysTable"]
        found = clients("dynamodb").get_item(TableName=table, Key={"key_hash": {"S": "none"}})
        assert "Item" not in found

    @pytest.mark.parametrize(
        "act",
        [
            lambda aws, it: aws("dynamodb").list_tables(),
            lambda aws, it: aws("dynamodb").scan(TableName=it["CatalogTable"]),
            lambda aws, it: aws("dynamodb").scan(TableName=it["ApiKeysTable"]),
            lambda aws, it: aws("dynamodb").put_item(
                TableName=it["ApiKeysTable"], Item={"key_hash": {"S": "mine"}}
            ),
            lambda aws, it: aws("s3").list_buckets(),
            lambda aws, it: aws("s3").list_objects_v2(Bucket=it["ContentBucket"]),
            lambda aws, it: aws("s3").list_objects_v2(
                Bucket=it["ContentBucket"], Prefix="expires-in-30d/"
            ),
            lambda aws, it: aws("s3").put_object(Bucket=it["ContentBucket"], Key="elsewhere"),
            lambda aws, it: aws("s3").delete_bucket(Bucket=it["ContentBucket"]),
            lambda aws, it: aws("iam").list_users(),
            lambda aws, it: aws("lambda").list_functions(),
        ],
        ids=[
            "list tables",
            "scan catalog",
            "scan keys",
            "make a key",
            "list buckets",
            "list all content",
            "list files",
            "store elsewhere",
            "delete bucket",
            "list users",
            "list functions",
        ],
    )
    def test_whatever_else_it_tries_is_denied(
        self, clients: Clients, deployment: RunningDeployment, act: Callable[..., object]
    ) -> None:
        with pytest.raises(ClientError) as denied:
            act(clients, deployment.outputs)
        assert denied.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")

    def test_it_is_nobody_else(self, deployment: RunningDeployment) -> None:
        environment = psutil.Process(deployment.front_door.process_id).environ()
        assert environment["AWS_ACCESS_KEY_ID"].startswith("AKIA")
        assert "AWS_SESSION_TOKEN" not in environment


class TestItsLife:
    """Started, stopped, killed and started again, while the emulator goes on."""

    def test_what_is_under_way_is_finished_when_it_is_stopped(
        self, another: Start, user: User
    ) -> None:
        body = form(bytes(9 * MIB))
        door = another()
        with begin(port_of(door), user, body, sent=5 * MIB) as line:
            os.kill(door.process_id, signal.SIGTERM)
            wait_until(lambda: not accepts(port_of(door)))
            line.sendall(body[5 * MIB :])
            assert answer_on(line).startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: has_ended(door.process_id))
        assert user.usage()["files"] == 1

    def test_after_a_kill_it_starts_anew_in_the_same_place(
        self, another: Start, user: User
    ) -> None:
        body, ends = form(bytes(9 * MIB)), Queue[str]()
        door = another(on_end=ends.put)
        with begin(port_of(door), user, body, sent=5 * MIB):
            os.kill(door.process_id, signal.SIGKILL)
        assert ends.get(timeout=60).startswith("The front door has ended by signal 9; its log is ")
        again = another(port=port_of(door))
        assert again.base_url == door.base_url
        with begin(port_of(again), user, body, sent=len(body)) as line:
            assert line.recv(12) == b"HTTP/1.1 200"
        assert user.usage()["files"] == 1

    def test_it_ends_with_whoever_started_it(
        self, deployment: RunningDeployment, tmp_path: Path
    ) -> None:
        its = deployment.front_door
        said = [free_port(), its.api_url, dict(its.environment), str(tmp_path / "log")]
        command = [sys.executable, "-c", STARTER, json.dumps(said)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            process_id = int(starter.stdout.readline())
            starter.kill()
        wait_until(lambda: has_ended(process_id))

    def test_what_keeps_it_from_starting_is_said(self, another: Start) -> None:
        with pytest.raises(
            FrontDoorError, match=r"did not start; the end of (?s:.*)JSONDecodeError"
        ):
            another(LIMITS="nonsense")

    def test_a_connection_that_waits_does_not_hold_up_its_end(
        self, another: Start, user: User
    ) -> None:
        door = another()
        with urllib3.PoolManager() as http:
            assert http.request("GET", f"{door.base_url}/nothing").status == 404
            os.kill(door.process_id, signal.SIGTERM)
            wait_until(lambda: has_ended(door.process_id), seconds=10)
