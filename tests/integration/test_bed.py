"""The test bed itself: what AWS refuses, it refuses too, or other tests would prove nothing."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import urlsplit

import boto3
import openai
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from lambdas.events import reap
from lambdas.stores import aws
from tests.bed.aws import tests_wire
from tests.bed.bed import Bed
from tests.bed.conflicts import Conflicts
from tests.bed.environment import CATALOG_TABLE, REGION
from tests.bed.stock import files_of
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Send


@pytest.fixture
def link(bed: Bed, alice: openai.OpenAI) -> str:
    """A presigned URL of a file's content."""
    file = alice.files.create(file=("a.jsonl", b"hello"), purpose="batch")
    location: str = Uploader(bed).url_of(file.to_dict())
    return location


def test_a_link_is_good_as_it_is(bed: Bed, link: str) -> None:
    assert bed.request("GET", link).body == b"hello"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "HEAD"])
def test_a_link_is_good_for_its_method_alone(bed: Bed, link: str, method: str) -> None:
    assert bed.request(method, link).status == 403


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("expires-in-30d", "expires-in-29d"),
        ("X-Amz-Expires=900", "X-Amz-Expires=901"),
        ("response-content-type=", "response-content-type=text%2Fhtml"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ],
)
def test_a_changed_link_is_refused(bed: Bed, link: str, old: str, new: str) -> None:
    assert old in link
    assert bed.request("GET", link.replace(old, new, 1)).status == 403


def test_a_url_without_a_signature_is_refused(bed: Bed, link: str) -> None:
    assert bed.request("GET", urlsplit(link)._replace(query="").geturl()).status == 403


def test_a_signed_url_takes_no_authorization_beside(bed: Bed, link: str) -> None:
    assert bed.request("GET", link, [("Authorization", "Bearer key")]).status == 400


def add_one(client: Any, token: str, amount: str = "1") -> None:
    client.transact_write_items(
        ClientRequestToken=token,
        TransactItems=[
            {
                "Update": {
                    "TableName": CATALOG_TABLE,
                    "Key": {"owner": {"S": "alice"}, "id": {"S": "usage"}},
                    "UpdateExpression": "ADD used_bytes :amount",
                    "ExpressionAttributeValues": {":amount": {"N": amount}},
                }
            }
        ],
    )


def used(bed: Bed) -> str:
    (item,) = bed.items("alice")
    return str(item["used_bytes"]["N"])


def test_a_transaction_is_done_once_for_its_token(bed: Bed) -> None:
    for token in ("one", "one", "other"):
        add_one(aws.dynamodb(), token)
    assert used(bed) == "2"


def test_a_token_is_good_for_one_transaction(bed: Bed) -> None:
    add_one(aws.dynamodb(), "one")
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        add_one(aws.dynamodb(), "one", amount="2")


def test_a_transaction_that_meets_another_is_cancelled(bed: Bed) -> None:
    conflicts = Conflicts()

    def within_another(call: Call, send: Any) -> Any:
        bed.wire.interceptor = conflicts
        with pytest.raises(ClientError, match="TransactionCanceled") as raised:
            add_one(aws.dynamodb(), "inner")
        assert raised.value.response["CancellationReasons"] == [{"Code": "TransactionConflict"}]
        return send()

    bed.wire.interceptor = lambda call, send: conflicts(call, lambda: within_another(call, send))
    add_one(aws.dynamodb(), "outer")
    assert used(bed) == "1"


def test_functions_of_one_bed_leave_nothing_to_the_next(bed: Bed) -> None:
    assert bed.items() == []
    assert bed.object_keys() == []
    assert bed.wire.calls == []


def test_the_tests_own_clients_are_not_counted(bed: Bed) -> None:
    bed.items()
    assert bed.wire.calls == []


def test_what_a_cancelled_transaction_removes_is_never_in_the_stream(bed: Bed) -> None:
    first, second = bed.stock(files_of("alice", 2, since=bed.clock.now))

    def cancelled_between(call: Call, send: Send) -> AWSResponse:
        if call.operation == "GetRecords" and not waiting:
            waiting.append(others.submit(remove_in_vain, first))
            wait(waiting, timeout=0.2)  # it has to wait, too: for the reading to end
        return send()

    waiting: list[Future[None]] = []
    with ThreadPoolExecutor() as others:
        tests_wire.interceptor = cancelled_between
        assert bed.stream.take() == []
    waiting[0].result()
    aws.dynamodb().delete_item(**named(second))
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in bed.stream.take()] == [second]


@pytest.mark.parametrize("verb", ["Update", "Put", "Delete"])
def test_what_a_cancelled_transaction_does_is_undone(bed: Bed, verb: str) -> None:
    (old,) = bed.stock(files_of("alice", 1, since=bed.clock.now))
    before, told = bed.items(), len(shard().items)
    for name in (old, "new"):
        write: Any = named(name)
        if verb == "Update":
            write |= {"UpdateExpression": "SET purpose = :it"}
            write |= {"ExpressionAttributeValues": {":it": {"S": "other"}}}
        if verb == "Put":
            write = {"TableName": CATALOG_TABLE, "Item": write["Key"]}
        cancelled({verb: write})
    assert bed.items() == before
    assert len(shard().items) == told


def test_what_a_transaction_does_stays_when_another_is_cancelled(bed: Bed) -> None:
    add_one(aws.dynamodb(), "one")
    cancelled({"Delete": named("usage")})
    add_one(aws.dynamodb(), "other")
    assert used(bed) == "2"


def shard() -> Any:
    """Return what moto's stream of the catalog has told."""
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE].stream_shard


def remove_in_vain(file_id: str) -> None:
    """Remove a file in a transaction that another of its items cancels."""
    cancelled({"Delete": named(file_id)})


def cancelled(write: Any) -> None:
    """Write in a transaction that another of its items cancels."""
    never: Any = {**named("none"), "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        aws.dynamodb().transact_write_items(TransactItems=[write, {"ConditionCheck": never}])


def named(file_id: str) -> Any:
    return {"TableName": CATALOG_TABLE, "Key": {"owner": {"S": "alice"}, "id": {"S": file_id}}}


class Reaper:
    """A reaper that fails on some records, so many times."""

    def __init__(self, *failing: str, times: int) -> None:
        self.failing = failing
        self.times = times
        self.batches: list[list[str]] = []

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        named = {record["dynamodb"]["Keys"]["id"]["S"]: record for record in event["Records"]}
        self.batches.append(list(named))
        self.times -= 1
        failed = [named[name] for name in self.failing if name in named and self.times >= 0]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in failed]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


@pytest.fixture
def removed(bed: Bed, alice: openai.OpenAI) -> list[str]:
    """The ids of three files, in the order of their deletion."""
    ids = bed.stock(files_of("alice", 3, since=bed.clock.now))
    for file_id in ids:
        alice.files.delete(file_id)
    return ids


def test_the_stream_delivers_each_removal_once(
    bed: Bed, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reaper = Reaper(times=0)
    monkeypatch.setattr(reap, "handler", reaper)
    bed.run_stream()
    bed.run_stream()
    assert reaper.batches == [removed]


def test_the_stream_begins_again_at_the_first_that_failed(
    bed: Bed, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reaper = Reaper(removed[1], times=1)
    monkeypatch.setattr(reap, "handler", reaper)
    bed.run_stream()
    assert reaper.batches == [removed, removed[1:]]


def test_the_stream_gives_up_on_what_always_fails(
    bed: Bed, removed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reap, "handler", Reaper(removed[2], times=100))
    bed.run_stream()
    dead = [record["dynamodb"]["Keys"]["id"]["S"] for record in bed.stream.dead_letters]
    assert dead == [removed[2]]


def test_what_ttl_removes_is_told_as_its_doing(bed: Bed, alice: openai.OpenAI) -> None:
    deleted, expired = bed.stock(files_of("alice", 2, since=bed.clock.now, seconds=3600))
    alice.files.delete(deleted)
    bed.clock.move(seconds=3601)
    assert bed.run_ttl() == [expired]
    by_whom = [record.get("userIdentity", {}).get("type") for record in bed.stream.take()]
    assert by_whom == [None, "Service"]


def test_no_setting_of_the_host_is_left(bed: Bed) -> None:
    assert boto3.Session().profile_name == "default"
    assert boto3.Session().region_name == "eu-central-1"
