"""The catalog as a check reads it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from larder.admin.check.items import Entry, entry_of
from larder.admin.check.pace import Pace, too_fast
from larder.admin.check.repairs import Repairs, item_key
from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS_AT_ONCE = 100

_THROTTLED = frozenset(
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}
)

Item = Mapping[str, Any]
"""An item in DynamoDB's notation."""

Look = Callable[[Iterable[tuple[str, str]]], dict[tuple[str, str], Entry]]
"""Finds items by owner and id, as `Catalog.find` does or `Catalog.find_eventually`."""


class Catalog:
    """The deployment's catalog, read at a pace; `repairs` are the writes to it.

    A read that is not `consistent` costs half, and may answer as of a moment ago.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
    """

    def __init__(self, deployment: Deployment, pace: Pace | None = None) -> None:
        with translated_errors():
            self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.catalog_table
        self._pace = pace or Pace()
        self.repairs = Repairs(self._dynamodb, self._table)

    def scan(self, *, consistent: bool) -> Iterator[list[Entry]]:
        """Every item, in no order, so many at once as can be looked up at once."""
        entries = self._entries(self._dynamodb.scan, {"ConsistentRead": consistent})
        while group := list(islice(entries, KEYS_AT_ONCE)):
            yield group

    def of_owner(self, owner: str, *, consistent: bool = True) -> Iterator[Entry]:
        """Every item of one owner, by id."""
        return self._entries(self._dynamodb.query, _items_of(owner, consistent=consistent))

    def written(self, owner: str | None = None) -> Iterator[tuple[Entry, Item]]:
        """Every item, or every one of an owner's, each with what DynamoDB has of it."""
        if owner is None:
            return self._written(self._dynamodb.scan, {"ConsistentRead": False})
        return self._written(self._dynamodb.query, _items_of(owner, consistent=False))

    def _entries(self, read: Callable[..., Any], request: dict[str, Any]) -> Iterator[Entry]:
        return (entry for entry, _ in self._written(read, request))

    def _written(
        self, read: Callable[..., Any], request: dict[str, Any]
    ) -> Iterator[tuple[Entry, Item]]:
        while True:
            with translated_errors():
                page = self._read(read, TableName=self._table, **request)
                written = [(entry_of(item), item) for item in page["Items"]]
            yield from written
            if not page.get("LastEvaluatedKey"):
                return
            request = {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]}

    def find(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
        """Those of the items, by owner and id, that there are."""
        return self._found(keys, consistent=True)

    def find_eventually(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Entry]:
        """Those of the items that there were a moment ago: enough to suspect, not to judge."""
        return self._found(keys, consistent=False)

    def _found(
        self, keys: Iterable[tuple[str, str]], *, consistent: bool
    ) -> dict[tuple[str, str], Entry]:
        wanted = sorted(set(keys))
        found = {}
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            missing = [item_key(*key) for key in wanted[start : start + KEYS_AT_ONCE]]
            tries = 0
            while missing:
                wanted_keys = {self._table: {"Keys": missing, "ConsistentRead": consistent}}
                with translated_errors():
                    answer = self._read(self._dynamodb.batch_get_item, RequestItems=wanted_keys)
                    answered = answer["Responses"].get(self._table, [])
                    for entry in map(entry_of, answered):
                        found[entry.owner, entry.id] = entry
                    unprocessed = answer.get("UnprocessedKeys", {})
                    missing = unprocessed.get(self._table, {}).get("Keys", [])
                tries = 0 if answered else tries + 1
                if missing:
                    self._pace.back_off(tries)
        return found

    def _read(self, read: Callable[..., Any], **request: Any) -> Any:
        """Read as soon as the pace allows."""
        self._pace.wait()
        with _explained_throttling():
            answer = read(ReturnConsumedCapacity="TOTAL", **request)
        taken = answer.get("ConsumedCapacity") or []
        tables = taken if isinstance(taken, list) else [taken]
        self._pace.took(sum(table["CapacityUnits"] for table in tables))
        return answer

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


def _items_of(owner: str, *, consistent: bool) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": {"S": owner}},
        "ConsistentRead": consistent,
    }


@contextmanager
def _explained_throttling() -> Iterator[None]:
    """Turns what boto3 raises once its own retries are used up into what to do about it."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _THROTTLED:
            raise too_fast() from error
        raise
