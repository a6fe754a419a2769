"""The process that serves the one base URL: who it is at AWS, and how it comes and goes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import boto3
import psutil
import pytest
import urllib3
from botocore.exceptions import ClientError

from infra.local.deployment import RunningDeployment
from infra.local.errors import FrontDoorError
from infra.local.front_door import running_front_door
from infra.local.ports import HOST, bound
from tests.e2e.batches import MIB
from tests.e2e.conftest import free_port
from tests.e2e.own_front_door import own_front_door
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

Clients = Callable[[str], Any]
SAID = "--cut\r\ncontent-disposition: form-data; name="
FORM = b"".join(
    (
        f'{SAID}"purpose"\r\n\r\nbatch\r\n'.encode(),
        f'{SAID}"file"; filename="a.jsonl"\r\n\r\n'.encode(),
        bytes(9 * MIB),
        b"\r\n--cut--\r\n",
    )
)
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


def begin(port: int, user: User, sent: bytes) -> socket.socket:
    """Send a request with FORM, and so much of it."""
    line = socket.create_connection((HOST, port), timeout=60)
    head = (
        f"POST /v1/files HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {user.key}\r\n"
        f"content-type: multipart/form-data; boundary=cut\r\n"
        f"content-length: {len(FORM)}\r\n\r\n"
    )
    line.sendall(head.encode() + sent)
    return line


def has_ended(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


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

    def test_after_a_kill_it_starts_anew_in_the_same_place(self, user: User) -> None:
        ends, port = Queue[str](), free_port()
        with own_front_door(user, port=port, on_end=ends.put) as mine, begin(port, user, FORM[:-1]):
            os.kill(mine.deployment.front_door.process_id, signal.SIGKILL)
            assert ends.get(timeout=60).startswith("The front door has ended by signal 9; its log")
        with own_front_door(user, port=port), begin(port, user, FORM) as line:
            assert line.recv(12) == b"HTTP/1.1 200"
        assert user.usage()["files"] == 1

    def test_it_ends_with_whoever_started_it(
        self, deployment: RunningDeployment, tmp_path: Path
    ) -> None:
        its = deployment.front_door
        arguments = [free_port(), its.api_url, dict(its.environment), str(tmp_path / "log")]
        command = [sys.executable, "-c", STARTER, json.dumps(arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
            assert starter.stdout is not None
            process_id = int(starter.stdout.readline())
            starter.kill()
        wait_until(lambda: has_ended(process_id))

    def test_what_keeps_it_from_starting_is_said(self, user: User, tmp_path: Path) -> None:
        its = user.deployment.front_door
        told = {**its.environment, "LIMITS": "nonsense"}
        run = running_front_door(bound(free_port()), its.api_url, told, tmp_path / "log")
        message = r"The front door did not start; the end of .*/log:\n(?s:.*)JSONDecodeError"
        with pytest.raises(FrontDoorError, match=message), run:
            pass

    def test_a_connection_that_only_waits_does_not_hold_up_its_end(self, user: User) -> None:
        with own_front_door(user) as mine, urllib3.PoolManager() as http:
            its = mine.deployment.front_door
            assert http.request("GET", f"{its.base_url}/nothing").status == 404
            os.kill(its.process_id, signal.SIGTERM)
            wait_until(lambda: has_ended(its.process_id), seconds=10)
