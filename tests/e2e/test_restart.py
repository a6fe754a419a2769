"""What the emulator keeps when it is stopped, or killed, and started again."""

import io
import json
import os
import resource
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore.exceptions import BotoCoreError

from infra.local import emulator
from infra.local.aws import aws_session
from infra.local.emulator import running_emulator
from tests.e2e.conftest import free_port
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

TABLE = "table"
BUCKET = "bucket"
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
        wait_until(lambda: notes.read_text().split()[-1] == "4")  # some perhaps twice, none missed


@contextmanager
def killed_at_the_end(port: int, state_dir: Path) -> Iterator[str]:
    """An emulator that is killed, and not stopped, when the block has ended."""
    messages: Queue[str] = Queue()
    with running_emulator(port, state_dir, on_end=messages.put) as url:
        yield url
        os.kill(int((state_dir / "emulator.lock").read_text()), signal.SIGKILL)
        assert "by signal 9" in messages.get(timeout=30)


def tell(url: str, what: str) -> None:
    with urllib3.PoolManager(retries=False) as http:
        assert http.request("POST", f"{url}/_larder/{what}").status == 204


def clients(url: str) -> "tuple[DynamoDBClient, S3Client]":
    session = aws_session()
    return (
        session.client("dynamodb", endpoint_url=url),
        session.client("s3", endpoint_url=url),
    )


def send_part(s3: "S3Client", upload: str, number: int, body: bytes) -> "CompletedPartTypeDef":
    sent = s3.upload_part(Bucket=BUCKET, Key="big", UploadId=upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": sent["ETag"]}


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path, notes: Path) -> None:
    port = free_port()
    with killed_at_the_end(port, tmp_path / "state") as url:
        table, s3 = clients(url)
        make_reader(url, notes)
        s3.create_bucket(Bucket=BUCKET)
        tell(url, "deployed")
        put(url, "1", "2")
        table.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": {"id": {"S": "3"}, "n": {"N": "3"}}}},
                {"Delete": {"TableName": TABLE, "Key": {"id": {"S": "2"}}}},
            ]
        )
        add = {":one": {"N": "1"}}
        table.update_item(
            TableName=TABLE,
            Key={"id": {"S": "1"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues=add,
        )
        s3.put_object(Bucket=BUCKET, Key="a/b", Body=b"\x00body", ContentType="text/x")
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
        first = send_part(s3, upload, 1, b"first")
    with running_emulator(port, tmp_path / "state") as url:
        table, s3 = clients(url)
        items = {item["id"]["S"]: item for item in table.scan(TableName=TABLE)["Items"]}
        assert {key: item.get("n", {}).get("N") for key, item in items.items()} == {
            "1": "1",
            "3": "3",
        }
        found = s3.get_object(Bucket=BUCKET, Key="a/b")
        assert (found["Body"].read(), found["ContentType"]) == (b"\x00body", "text/x")
        s3.complete_multipart_upload(
            Bucket=BUCKET,
            Key="big",
            UploadId=upload,
            MultipartUpload={"Parts": [first, send_part(s3, upload, 2, b"second")]},
        )
        assert s3.get_object(Bucket=BUCKET, Key="big")["Body"].read() == b"firstsecond"
        wait_until(lambda: set(notes.read_text().split()) == {"1", "2", "3"})


def test_a_deployment_that_did_not_succeed_never_was(tmp_path: Path) -> None:
    port = free_port()
    with running_emulator(port, tmp_path / "state") as url:
        _, s3 = clients(url)
        s3.create_bucket(Bucket="before")
        s3.put_object(Bucket="before", Key="a", Body=b"a")
        tell(url, "deployed")
        tell(url, "deploying")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
    with running_emulator(port, tmp_path / "state") as url:
        _, s3 = clients(url)
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["before"]
        assert s3.get_object(Bucket="before", Key="a")["Body"].read() == b"a"


def test_what_cannot_be_kept_is_not_answered(tmp_path: Path) -> None:
    messages: Queue[str] = Queue()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))  # as a disk that is nearly full
    try:
        with running_emulator(free_port(), tmp_path / "state", on_end=messages.put) as url:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            _, s3 = clients(url)
            s3.create_bucket(Bucket=BUCKET)
            with pytest.raises(BotoCoreError):
                s3.put_object(Bucket=BUCKET, Key="a", Body=bytes(2**20 + 1))
            assert "nothing more can be kept: File too large" in messages.get(timeout=30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


SHORT_JOURNAL = f"""
import runpy, sys
sys.path.append({str(emulator.ROOT)!r})
from infra.local import durable
durable._MOST_JOURNAL_BYTES = 1000
runpy.run_path({str(emulator.LAUNCHER)!r}, run_name="__main__")
"""


def test_a_journal_that_has_grown_long_is_put_into_a_new_generation(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = tmp_path / "launcher.py"
    launcher.write_text(SHORT_JOURNAL)
    monkeypatch.setattr(emulator, "LAUNCHER", launcher)
    port = free_port()
    ids = [str(number) for number in range(40)]
    with killed_at_the_end(port, tmp_path / "state") as url:
        make_reader(url, notes)
        tell(url, "deployed")
        put(url, *ids)
    [generation] = (tmp_path / "state" / "state").glob("[0-9]*")
    assert int(generation.name) > 3
    assert (generation / "journal").stat().st_size < 2000
    with running_emulator(port, tmp_path / "state") as url:
        table, _ = clients(url)
        found = {item["id"]["S"] for item in table.scan(TableName=TABLE)["Items"]}
        assert found == set(ids)
        wait_until(lambda: set(notes.read_text().split()) == set(ids))
