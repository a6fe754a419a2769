"""The catalog as a check reads and repairs it."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FILE, UPLOAD, USAGE = "file-", "upload_", "usage"

# As the reaper's: the stream keeps records for a day, and a marker outlives them.
MARKER_SECONDS = 7 * 86_400
KEYS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """What a check needs of an item; absent attributes are empty or 0."""

    owner: str
    id: str
    bytes: int
    expires_at: int
    status: str
    object_key: str
    multipart_id: str
    file_id: str
    totals: tuple[int, int, int]
    """Of the usage item: used bytes, reserved bytes, files."""

    @property
    def is_file(self) -> bool:
        """Whether this is a file."""
        return self.id.startswith(FILE)

    @property
    def is_pending(self) -> bool:
        """Whether this is an upload session that holds a reservation."""
        return self.id.startswith(UPLOAD) and self.status == "pending"


class Catalog:
    """The deployment's catalog."""

    def __init__(self, deployment: Deployment) -> None:
        self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.catalog_table

    def scan(self) -> Iterator[Entry]:
        """Every item, in no order."""
        yield from self._pages("scan", {})

    def of_owner(self, owner: str) -> Iterator[Entry]:
        """Every item of one owner."""
        condition = {
            "KeyConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {":owner": {"S": owner}},
        }
        yield from self._pages("query", condition)

    def _pages(self, call: Any, request: dict[str, Any]) -> Iterator[Entry]:
        pages = self._dynamodb.get_paginator(call).paginate(
            TableName=self._table, ConsistentRead=True, **request
        )
        with translated_errors():
            for page in pages:
                yield from map(_entry, page["Items"])

    def find(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
        """Those of the items, by owner and id, that there are."""
        wanted = sorted(set(keys))
        found = {}
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            missing = [_key(*key) for key in wanted[start : start + KEYS_AT_ONCE]]
            while missing:
                with translated_errors():
                    answer = self._dynamodb.batch_get_item(
                        RequestItems={self._table: {"Keys": missing, "ConsistentRead": True}}
                    )
                for entry in map(_entry, answer["Responses"].get(self._table, [])):
                    found[entry.owner, entry.id] = entry
                unprocessed: Any = answer.get("UnprocessedKeys", {})
                missing = unprocessed.get(self._table, {}).get("Keys", [])
        return found

    def remove(self, entry: Entry) -> bool:
        """Removes a file or session as it was seen, and gives its bytes back; False when gone."""
        held = entry.bytes if entry.is_file or entry.is_pending else 0
        steps: list[Any] = [
            {
                "Delete": {
                    "TableName": self._table,
                    "Key": _key(entry.owner, entry.id),
                    "ConditionExpression": "#expires_at = :expires_at",
                    "ExpressionAttributeNames": {"#expires_at": "expires_at"},
                    "ExpressionAttributeValues": {":expires_at": {"N": str(entry.expires_at)}},
                }
            }
        ]
        if held or entry.is_file:
            reserved = 0 if entry.is_file else held
            steps += [self._marker(entry), self._given_back(entry, held, reserved)]
        return self._done(steps)

    def _marker(self, entry: Entry) -> dict[str, Any]:
        item = _key(entry.owner, f"released#{entry.id}")
        item["expires_at"] = {"N": str(int(time.time()) + MARKER_SECONDS)}
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(id)",
        }
        return {"Put": put}

    def _given_back(self, entry: Entry, held: int, reserved: int) -> dict[str, Any]:
        values = {":used": -held, ":reserved": -reserved, ":files": -int(entry.is_file)}
        update = {
            "TableName": self._table,
            "Key": _key(entry.owner, USAGE),
            "UpdateExpression": "ADD #used :used, #reserved :reserved, #files :files",
            "ExpressionAttributeNames": {
                "#used": "used_bytes",
                "#reserved": "reserved_bytes",
                "#files": "files",
            },
            "ExpressionAttributeValues": {
                name: {"N": str(value)} for name, value in values.items()
            },
        }
        return {"Update": update}

    def _done(self, steps: list[Any]) -> bool:
        with translated_errors():
            try:
                self._dynamodb.transact_write_items(TransactItems=steps)
            except self._dynamodb.exceptions.TransactionCanceledException:
                return False
        return True

    def size(self) -> int:
        """About how many items there are: DynamoDB counts a few times a day."""
        with translated_errors():
            answer = self._dynamodb.describe_table(TableName=self._table)
        return answer["Table"].get("ItemCount", 0)

    def clock(self) -> float:
        """The present by DynamoDB's clock, which dates the stream's records too."""
        with translated_errors():
            answer = self._dynamodb.describe_table(TableName=self._table)
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return parsedate_to_datetime(date).timestamp() if date else time.time()

    def set_usage(
        self,
        owner: str,
        seen: tuple[int, int, int],
        totals: tuple[int, int, int],
        settled_at: float,
    ) -> bool:
        """Sets an owner's usage, if it still is as it was seen; False when it has moved.

        For what went before `settled_at`, the reaper then gives no bytes back.
        """
        names = ("used_bytes", "reserved_bytes", "files")
        was = " AND ".join(
            f"(#{name} = :was_{name} OR (attribute_not_exists(#{name}) AND :was_{name} = :zero))"
            for name in names
        )
        values = {f":was_{name}": number for name, number in zip(names, seen, strict=True)}
        values |= {f":{name}": number for name, number in zip(names, totals, strict=True)}
        more = {":zero": 0, ":settled_at": int(settled_at)}
        with translated_errors():
            try:
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key=_key(owner, USAGE),
                    ConditionExpression=was,
                    UpdateExpression="SET "
                    + ", ".join(f"#{name} = :{name}" for name in (*names, "settled_at")),
                    ExpressionAttributeNames={f"#{name}": name for name in (*names, "settled_at")},
                    ExpressionAttributeValues={
                        name: {"N": str(value)} for name, value in {**values, **more}.items()
                    },
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _key(owner: str, identifier: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": identifier}}


def _entry(item: dict[str, Any]) -> Entry:
    def text(name: str) -> str:
        return str(item.get(name, {}).get("S", ""))

    def number(name: str) -> int:
        return int(item.get(name, {}).get("N", 0))

    return Entry(
        owner=text("owner"),
        id=text("id"),
        bytes=number("bytes"),
        expires_at=number("expires_at"),
        status=text("status"),
        object_key=text("object_key"),
        multipart_id=text("multipart_id"),
        file_id=text("file_id"),
        totals=(number("used_bytes"), number("reserved_bytes"), number("files")),
    )
