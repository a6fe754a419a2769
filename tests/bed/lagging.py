"""A DynamoDB whose reads lag as far behind as they may.

moto answers every read with what is. Here one that does not ask for consistency is answered with
each item as it was before its last write: what was just made is missing, what was just deleted is
still there. DynamoDB says no more than that it is "usually" within a second.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html

S3 does not lag: since 2020 it promises that whatever was written is read and listed from then on.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
How late the stream tells is up to the tests, which have it tell.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any, cast
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from tests.bed import wire
from tests.bed.environment import REGION
from tests.bed.wire import Call, Interceptor, Send

READS = ("GetItem", "Query", "Scan", "BatchGetItem")
WRITES = ("Put", "Update", "Delete")

Key = tuple[Any, Any]
"""Hash key and range key, None where the table has none, as moto has them."""


class Lag:
    """What each item was before its last write, and how many reads were answered with that."""

    def __init__(self) -> None:
        self.answered = 0
        self._send = wire.send
        self._before: dict[str, dict[Key, Any]] = {}

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Answer a call; the wires let one at a time come here."""
        target: Any = request.headers.get("X-Amz-Target", b"")
        service, _, operation = (target if isinstance(target, str) else target.decode()).partition(
            "."
        )
        if not service.startswith("DynamoDB_"):
            return self._send(request)
        body = json.loads(cast("bytes | str", request.body))
        if operation in READS and not _is_consistent(body):
            return self._answer_late(request, body)
        remembered = _held(operation, body)
        response = self._send(request)
        if response.status_code == 200:
            for name, items in remembered.items():
                self._before.setdefault(name, {}).update(items)
        return response

    def _answer_late(self, request: AWSPreparedRequest, body: Mapping[str, Any]) -> AWSResponse:
        self.answered += 1
        names = body.get("RequestItems", {body.get("TableName"): None})
        tables = [_table(name) for name in names]
        now = [table.items for table in tables]
        for table in tables:
            table.items = _as_it_was(table, self._before.get(table.name, {}))
        try:
            return self._send(request)
        finally:
            for table, items in zip(tables, now, strict=True):
                table.items = items


def _is_consistent(body: Mapping[str, Any]) -> bool:
    asked = body.get("RequestItems", {"": body}).values()
    return all(one.get("ConsistentRead", False) for one in asked)


def _held(operation: str, body: Mapping[str, Any]) -> dict[str, dict[Key, Any]]:
    """Copy the items that a call writes, as they are; None for what is not there."""
    found: dict[str, dict[Key, Any]] = {}
    for name, named in _written(operation, body):
        table = _table(name)
        key = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_keys_value(table, named)
        held = table.get_item(*key)
        found.setdefault(table.name, {})[key] = deepcopy(held)
    return found


def _written(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield table and key, or item, of each write."""
    if operation == "TransactWriteItems":
        for step in body["TransactItems"]:
            for kind, write in step.items():
                if kind in WRITES:
                    yield write["TableName"], write.get("Key") or write["Item"]
    elif operation == "BatchWriteItem":
        for name, writes in body["RequestItems"].items():
            for (write,) in (one.values() for one in writes):
                yield name, write.get("Key") or write["Item"]
    elif operation.removesuffix("Item") in WRITES:
        yield body["TableName"], body.get("Key") or body["Item"]


def _table(name: str) -> Table:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(name)


def _as_it_was(table: Table, before: Mapping[Key, Any]) -> Any:
    """Return a table's items, with those that were written as they were before."""
    items = copy(table.items)
    if table.has_range_key:
        for hash_key in {key for key, _ in before}:
            items[hash_key] = copy(items.get(hash_key, {}))
    for (hash_key, range_key), item in before.items():
        held: Any = items[hash_key] if table.has_range_key else items
        held.pop(range_key if table.has_range_key else hash_key, None)
        if item is not None:
            held[range_key if table.has_range_key else hash_key] = item
    return items


@contextmanager
def lagging() -> Iterator[Lag]:
    """Have reads that need not be consistent lag behind, for the length of a `with` block."""
    lag = Lag()
    with patch.object(wire, "send", lag.send):
        yield lag


def without_asking(operation: str, table: str) -> Interceptor:
    """Have the functions forget to ask for consistency in one kind of read."""

    def forget(call: Call, send: Send) -> AWSResponse:
        if call.operation == operation and (body := call.json())["TableName"] == table:
            body["ConsistentRead"] = False
            call.request.body = json.dumps(body).encode()
        return send()

    return forget
