"""The catalog's stream, and Lambda's way of feeding it to the reaper."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from infra.routes import REAP
from tests.bed.environment import CATALOG_TABLE
from tests.bed.gateway import handler_of
from tests.bed.wire import Killed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BATCH_SIZE = 100
ATTEMPTS = 10

# Else botocore makes a host of the stream's account, which moto does not know.
NO_ACCOUNT = Config(account_id_endpoint_mode="disabled")

Record = dict[str, Any]


@dataclass
class Stream:
    """What was removed from the catalog, and by whom: a call, or TTL.

    `dead_letters` holds the records that the reaper failed on to the end. `lock` is the wire's,
    which lets one call at a time through to moto.
    """

    session: boto3.Session
    lock: threading.RLock
    dead_letters: list[Record] = field(default_factory=list)
    _next: int = 0
    _by_ttl: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        return self.session.client("dynamodb")

    @cached_property
    def _streams(self) -> Any:
        return self.session.client("dynamodbstreams", config=NO_ACCOUNT)

    @cached_property
    def _shard(self) -> tuple[str, str, int]:
        """The stream's and its one shard's names, and the shard's first sequence number."""
        arn = self._streams.list_streams(TableName=CATALOG_TABLE)["Streams"][0]["StreamArn"]
        shard = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
        return arn, shard["ShardId"], int(shard["SequenceNumberRange"]["StartingSequenceNumber"])

    def remove_expired(
        self, now: float, which: Callable[[str], bool] = lambda identifier: True
    ) -> list[str]:
        """Do as TTL does: remove items that have expired, all or some, and return the ids."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=CATALOG_TABLE,
            ConsistentRead=True,
            FilterExpression="expires_at <= :now",
            ExpressionAttributeValues={":now": {"N": str(int(now))}},
            ProjectionExpression="#owner, id",
            ExpressionAttributeNames={"#owner": "owner"},
        )
        keys = [item for page in pages for item in page["Items"] if which(item["id"]["S"])]
        return [key["id"]["S"] for key in keys if self._remove_if_expired(key, now)]

    def _remove_if_expired(self, key: dict[str, Any], now: float) -> bool:
        """Remove an item unless its end was moved meanwhile, which TTL sees too."""
        self._by_ttl.add((key["owner"]["S"], key["id"]["S"]))
        try:
            self._dynamodb.delete_item(
                TableName=CATALOG_TABLE,
                Key=key,
                ConditionExpression="expires_at <= :now",
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            self._by_ttl.discard((key["owner"]["S"], key["id"]["S"]))
            return False
        return True

    def take(self) -> list[Record]:
        """Return the removals since the last call, as the event filter lets them through.

        All in one step: moto takes a cancelled transaction back by replacing the table by a copy,
        and an iterator of before then reads what never was removed.
        """
        with self.lock:
            found = self._read_on()
        return [self._as_delivered(record) for record in found if _is_reaped(record)]

    def _read_on(self) -> list[Record]:
        arn, shard_id, start = self._shard
        found: list[Record] = []
        while True:
            iterator = self._streams.get_shard_iterator(
                StreamArn=arn,
                ShardId=shard_id,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=str(start + self._next),
            )["ShardIterator"]
            records = self._streams.get_records(ShardIterator=iterator, Limit=1000)["Records"]
            if not records:
                return found
            self._next += len(records)
            found += records

    def run(self) -> None:
        """Feed the reaper everything that was removed, as often as Lambda would."""
        waiting = self.take()
        for start in range(0, len(waiting), BATCH_SIZE):
            self.deliver(waiting[start : start + BATCH_SIZE])

    def deliver(self, batch: list[Record]) -> None:
        """Call the reaper with a batch, until it takes all of it or the attempts are used up.

        The lowest failed sequence number is where Lambda begins again, and a batch that fails
        whole is halved.
        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
        """
        for _ in range(ATTEMPTS):
            if (failed := _reap(batch)) is None and len(batch) > 1:
                middle = len(batch) // 2
                self.deliver(batch[:middle])
                self.deliver(batch[middle:])
                return
            if failed == set():
                return
            numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
            batch = batch[min(map(numbers.index, failed or numbers)) :]
        self.dead_letters += batch

    def _as_delivered(self, record: Record) -> Record:
        """Write a record as Lambda's event has it: dates as numbers, and TTL by its name."""
        delivered = dict(record["dynamodb"])
        delivered["ApproximateCreationDateTime"] = delivered[
            "ApproximateCreationDateTime"
        ].timestamp()
        key = (delivered["Keys"]["owner"]["S"], delivered["Keys"]["id"]["S"])
        service = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        by_whom = {"userIdentity": service} if key in self._by_ttl else {}
        return {**record, "dynamodb": delivered, **by_whom}


def _is_reaped(record: Record) -> bool:
    """Say what `infra.constructs.reaper.removals_filter` says."""
    identifier = str(record["dynamodb"]["Keys"]["id"]["S"])
    return record["eventName"] == "REMOVE" and identifier.startswith(("file-", "upload_"))


def _reap(batch: list[Record]) -> set[str] | None:
    """Return the sequence numbers that failed, None when the call failed as a whole."""
    try:
        answer = handler_of(REAP.handler)({"Records": batch}, None)
    except (Exception, Killed):  # noqa: BLE001 - Lambda tries again whatever was raised
        return None
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
