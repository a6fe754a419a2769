"""What the emulator keeps when it is stopped and started again."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import aws_session
from infra.local.emulator import running_emulator
from tests.e2e.conftest import free_port
from tests.e2e.waiting import wait_until

TABLE = "table"
NOTES_KEYS = """
import os

def handler(event, context):
    with open(os.environ["NOTES"], "a") as notes:
        for record in event["Records"]:
            print(record["dynamodb"]["Keys"]["id"]["S"], file=notes)
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where the function writes down what it is told of."""
    path = tmp_path / "notes"
    path.touch()
    return path


def make_reader(url: str, notes: Path) -> None:
    """Make a table, and a function that reads its stream."""
    role = aws_session().client("iam", endpoint_url=url)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    lambdas = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": lambdas}
    made = role.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(trust))
    role.put_role_policy(RoleName="reader", PolicyName="all", PolicyDocument=policy(everything))
    table = aws_session().client("dynamodb", endpoint_url=url)
    table.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    stream = table.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    function = aws_session().client("lambda", endpoint_url=url)
    function.create_function(
        FunctionName="reader",
        Runtime="python3.13",
        Role=made["Role"]["Arn"],
        Handler="reader.handler",
        Code={"ZipFile": zipped("reader.py", NOTES_KEYS)},
        Environment={"Variables": {"NOTES": str(notes)}},
    )
    function.create_event_source_mapping(
        EventSourceArn=stream, FunctionName="reader", StartingPosition="TRIM_HORIZON"
    )


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def zipped(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def put(url: str, *ids: str) -> None:
    table = aws_session().client("dynamodb", endpoint_url=url)
    for each in ids:
        table.put_item(TableName=TABLE, Item={"id": {"S": each}})


def test_a_stream_is_read_on_after_a_restart(tmp_path: Path, notes: Path) -> None:
    port = free_port()
    with running_emulator(port, tmp_path / "state") as url:
        make_reader(url, notes)
        put(url, "1", "2", "3")
        wait_until(lambda: notes.read_text().split() == ["1", "2", "3"])
    with running_emulator(port, tmp_path / "state") as url:
        put(url, "4")
        wait_until(lambda: notes.read_text().split() == ["1", "2", "3", "4"])
