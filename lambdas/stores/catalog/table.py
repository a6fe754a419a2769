"""The table's calls: queries that go on to their end, transactions that outlast conflicts."""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.core.errors import Busy, LarderError, Unavailable
from lambdas.core.pages import PageRequest
from lambdas.stores.aws import dynamodb, error_code, translated, was_sent_before
from lambdas.stores.catalog.cancelled import was_done_before
from lambdas.stores.catalog.conflicts import tries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item = Mapping[str, Any]
"""An item in DynamoDB's own notation: `{"bytes": {"N": "12"}}`."""

LARGEST_PAGE_SIZE = 20_000  # more items than DynamoDB's 1 MB a page ever holds
BEYOND_EVERY_ID = "~"


def s(value: str) -> dict[str, str]:
    """Write a string as DynamoDB does."""
    return {"S": value}


def n(value: float) -> dict[str, str]:
    """Write a whole number as DynamoDB does, dropping what is below one."""
    return {"N": str(int(value))}


def text(item: Item, name: str) -> str:
    """Read a string attribute, empty when it is missing."""
    return str(item.get(name, {}).get("S", ""))


def expressions(values: Mapping[str, Any], **texts: str) -> dict[str, Any]:
    """Write a request's expressions, in which `#name` is the attribute `name`.

    So no attribute's name can be one of DynamoDB's 573 reserved words.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    names = {name for text in texts.values() for name in re.findall(r"#(\w+)", text)}
    request: dict[str, Any] = {
        **texts,
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
    }
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return request


def id_range(
    prefix: str,
    owner: str,
    page: PageRequest,
    *,
    purpose: str | None = None,
    showing: str | None = None,
    unexpired_at: float | None = None,
) -> dict[str, Any]:
    """Write a query for ids of a prefix from a page's start on; the id `after` itself is included.

    With a purpose, in the index by purpose; with a moment, without what has expired by then.
    """
    attribute, value_prefix = ("id", "") if purpose is None else ("purpose_id", f"{purpose}#")
    low, high = prefix, prefix + BEYOND_EVERY_ID
    if page.after is not None and page.descending:
        high = page.after
    elif page.after is not None:
        low = page.after
    values = {"owner": s(owner), "low": s(value_prefix + low), "high": s(value_prefix + high)}
    texts = {"KeyConditionExpression": f"#owner = :owner AND #{attribute} BETWEEN :low AND :high"}
    if showing is not None:
        texts["ProjectionExpression"] = showing
    if unexpired_at is not None:
        texts["FilterExpression"] = "#expires_at > :now"
        values["now"] = n(unexpired_at)
    request = {**expressions(values, **texts), "ScanIndexForward": not page.descending}
    return request if purpose is None else {**request, "IndexName": "by_purpose"}


Refused = Callable[[Item | None], Exception | None]
"""Returns what a refused condition means, given the item as it is, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write of a transaction, and what its refused condition means.

    `refused` is given the item as it is (None when there is none) and returns the error to
    raise, or None when the refusal says that the transaction was done before.
    """

    operation: Mapping[str, Any]
    refused: Refused

    @property
    def names(self) -> tuple[str, str]:
        """Owner and id of the item that is written."""
        (write,) = self.operation.values()
        key = write.get("Key") or write["Item"]
        return text(key, "owner"), text(key, "id")


def never_refused(item: Item | None) -> Exception | None:
    """Stand for the refusal of a write that has no condition."""
    raise AssertionError(f"a write without a condition was refused: {item}")


@dataclass(frozen=True, slots=True)
class Table:
    """The catalog's table."""

    name: str
    client: "DynamoDBClient"

    @classmethod
    def from_environment(cls) -> "Table":
        """Open the table that the function's environment names."""
        return cls(os.environ["CATALOG_TABLE"], dynamodb())

    def key(self, owner: str, identifier: str) -> dict[str, Any]:
        """Write the key of an item."""
        return {"owner": s(owner), "id": s(identifier)}

    def get(self, owner: str, identifier: str) -> Item | None:
        """Read an item as last committed."""
        with translated():
            answer = self.client.get_item(
                TableName=self.name, Key=self.key(owner, identifier), ConsistentRead=True
            )
        return answer.get("Item")

    def query(self, *, page_size: int | None = None, **request: Any) -> Iterator[Item]:
        """Yield a query's items to its end, strongly consistent."""
        for items in self.pages(page_size=page_size, **request):
            yield from items

    def pages(self, *, page_size: int | None = None, **request: Any) -> Iterator[list[Item]]:
        """Yield a query's items as DynamoDB answers them.

        DynamoDB's pages end at 1 MB or at `page_size` items, counted before the filter, which may
        hide thousands of them: so each page is twice as large as the one before.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
        """
        if page_size:
            request["Limit"] = page_size
        while True:
            with translated():
                answer = self.client.query(TableName=self.name, ConsistentRead=True, **request)
            yield [*answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            if page_size:
                request["Limit"] = min(2 * request["Limit"], LARGEST_PAGE_SIZE)

    def put(self, item: Item, refused: Refused, **more: Any) -> Step:
        """Make a step that puts an item."""
        return self._step("Put", {"Item": item, **more}, refused)

    def update(
        self,
        owner: str,
        identifier: str,
        refused: Refused,
        **more: Any,
    ) -> Step:
        """Make a step that updates an item."""
        return self._step("Update", {"Key": self.key(owner, identifier), **more}, refused)

    def delete(
        self,
        owner: str,
        identifier: str,
        refused: Refused,
        **more: Any,
    ) -> Step:
        """Make a step that deletes an item."""
        return self._step("Delete", {"Key": self.key(owner, identifier), **more}, refused)

    def _step(self, kind: str, write: dict[str, Any], refused: Refused) -> Step:
        if "ConditionExpression" in write:
            write["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return Step({kind: {"TableName": self.name, **write}}, refused)

    def transact(self, *steps: Step) -> None:
        """Do all the steps or none of them.

        A refused condition raises what its step returns, and a write for which an owner's items
        have no room CatalogFull. Conflicts are tried again, all tries with one token, so that the
        transaction is done once. Raises Busy when the conflicts do not end, Unavailable when the
        outcome is unknown: also when a try is refused after one whose answer was lost, since that
        one may still be done.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        token = secrets.token_hex(16)
        lost = False
        for _ in tries():
            reasons, answers_lost = self._try(token, steps)
            lost = lost or answers_lost
            try:
                if not reasons or was_done_before(reasons, steps):
                    return
            except LarderError as refusal:
                raise (Unavailable() if lost else refusal) from None
        raise Unavailable if lost else Busy

    def _try(self, token: str, steps: Sequence[Step]) -> tuple[list[Any], bool]:
        """Return no reasons when the transaction is done, else why it was cancelled.

        Also returns whether botocore has sent it before, and perhaps lost the answer.
        """
        try:
            with translated():
                self.client.transact_write_items(
                    TransactItems=[step.operation for step in steps],  # type: ignore[misc]
                    ClientRequestToken=token,
                )
        except ClientError as error:
            sent_before = was_sent_before(error)
            if error_code(error) == "TransactionCanceledException":
                return list(error.response["CancellationReasons"]), sent_before
            if error_code(error) == "TransactionInProgressException":
                return [{"Code": "TransactionConflict"}], sent_before  # by a try of botocore's own
            raise
        return [], False
