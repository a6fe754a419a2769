"""An owner with as many items as DynamoDB keeps for one: it refuses what makes them longer.

It accepts what makes them shorter. AWS does not document whether each write counts or all of a
transaction, and how exactly it counts; here each write does, to the byte.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections.SizeLimit
"""

import copy
from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.bed.aws import INDEXES, functions_wire
from tests.bed.environment import CATALOG_TABLE, REGION
from tests.bed.wire import Call, Send, aws_error

_WRITES = ("PutItem", "UpdateItem", "DeleteItem")
_TRANSACTION = "TransactWriteItems"


class FullOwner:
    """An interceptor that knows one owner's items to be full; `refused` are the calls it refused.

    Args:
        owner: Whose items they are.
        room: How many bytes longer than now they may be all together; None when nothing may grow,
            whatever has gone.
    """

    def __init__(self, owner: str, room: int | None = None) -> None:
        self._owner = owner
        self._limit = None if room is None else sum(self._sizes().values()) + room
        self.refused: list[Call] = []

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.operation not in (*_WRITES, _TRANSACTION):
            return send()
        backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
        with functions_wire.lock:
            before, kept = self._sizes(), copy.deepcopy(backend.tables)
            answered = send()
            now = self._sizes()
            grown = {key for key, size in now.items() if size > before.get(key, 0)}
            if not grown or (self._limit is not None and sum(now.values()) <= self._limit):
                return answered
            backend.tables = kept
        self.refused.append(call)
        if call.operation != _TRANSACTION:
            return aws_error(call, "ItemCollectionSizeLimitExceededException")
        writes = [write for item in call.json()["TransactItems"] for write in item.values()]
        reasons = [{"Code": _reason(_key_of(write) in grown)} for write in writes]
        return aws_error(call, "TransactionCanceledException", CancellationReasons=reasons)

    def _sizes(self) -> dict[str, int]:
        """Count the bytes of each of the owner's items, by their ids."""
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE]
        items = (item.to_json()["Attributes"] for item in table.all_items())
        return {
            item["id"]["S"]: _size_of(item) for item in items if item["owner"]["S"] == self._owner
        }


def _key_of(write: Mapping[str, Any]) -> str:
    return str((write.get("Key") or write["Item"])["id"]["S"])


def _reason(has_grown: bool) -> str:
    return "ItemCollectionSizeLimitExceeded" if has_grown else "None"


def _size_of(item: Mapping[str, Any]) -> int:
    """Count an item, and what of it is in the indexes.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    size = _size_in(item, item)
    for sort_key, projected in INDEXES.values():
        if sort_key in item:
            size += _size_in(item, {"owner", "id", sort_key, *projected} & item.keys())
    return size


def _size_in(item: Mapping[str, Any], names: Any) -> int:
    return sum(len(name) + _size_of_value(item[name]) for name in names)


def _size_of_value(value: Mapping[str, str]) -> int:
    if "S" in value:
        return len(value["S"].encode())
    digits = value["N"].lstrip("-").rstrip("0")  # all numbers here are whole
    return -(-len(digits) // 2) + 1
