"""The catalog as a check reads it."""

import time
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from larder.admin.check.items import Entry, entry_of
from larder.admin.check.repairs import Repairs, item_key
from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_AT_ONCE = 100


class Catalog:
    """The deployment's catalog; `repairs` are the writes to it."""

    def __init__(self, deployment: Deployment) -> None:
        with translated_errors():
            self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.catalog_table
        self.repairs = Repairs(self._dynamodb, self._table)

    def scan(self) -> Iterator[list[Entry]]:
        """Every item, in no order, so many at once as can be looked up at once."""
        entries = self._entries("scan", {})
        while group := list(islice(entries, KEYS_AT_ONCE)):
            yield group

    def of_owner(self, owner: str) -> Iterator[Entry]:
        """Every item of one owner."""
        condition = {
            "KeyConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {":owner": {"S": owner}},
        }
        yield from self._entries("query", condition)

    def _entries(self, call: Any, request: dict[str, Any]) -> Iterator[Entry]:
        pages = self._dynamodb.get_paginator(call).paginate(
            TableName=self._table, ConsistentRead=True, **request
        )
        with translated_errors():
            for page in pages:
                yield from map(entry_of, page["Items"])

    def find(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
        """Those of the items, by owner and id, that there are."""
        wanted = sorted(set(keys))
        found = {}
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            missing = [item_key(*key) for key in wanted[start : start + KEYS_AT_ONCE]]
            while missing:
                with translated_errors():
                    answer = self._dynamodb.batch_get_item(
                        RequestItems={self._table: {"Keys": missing, "ConsistentRead": True}}
                    )
                    answered = answer["Responses"].get(self._table, [])
                for entry in map(entry_of, answered):
                    found[entry.owner, entry.id] = entry
                unprocessed: Any = answer.get("UnprocessedKeys", {})
                missing = unprocessed.get(self._table, {}).get("Keys", [])
        return found

    def get(self, owner: str, identifier: str) -> Entry | None:
        """One item as it is, None where there is none."""
        return self.find([(owner, identifier)]).get((owner, identifier))

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
