"""Reads that need not be consistent lag behind, and Larder is the same: it asks where it must."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import openai
import pytest

from tests.bed.bed import Bed, made_bed
from tests.bed.environment import API_KEYS_TABLE, CATALOG_TABLE
from tests.bed.invariants import leftovers, violations
from tests.bed.lagging import Lag, lagging, without_asking
from tests.bed.life import Life, listed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BEGINNING = 1_700_000_000
KEY = {"owner": {"S": "alice"}, "id": {"S": "usage"}}


@pytest.fixture
def lag() -> Iterator[Lag]:
    """From before the deployment on, reads lag."""
    with lagging() as lag:
        yield lag


@pytest.fixture
def bed(lag: Lag) -> Iterator[Bed]:
    """Larder, long ago: the reaper's markers, whose end is by the real clock, stay."""
    with made_bed(BEGINNING) as bed:
        yield bed


@pytest.fixture
def dynamodb(bed: Bed) -> "DynamoDBClient":
    return bed.session.client("dynamodb")


def put(dynamodb: "DynamoDBClient", expires_at: int) -> None:
    dynamodb.put_item(TableName=CATALOG_TABLE, Item={**KEY, "expires_at": {"N": str(expires_at)}})


def read(dynamodb: "DynamoDBClient", *, consistent: bool) -> list[Any]:
    """Read alice's one item in every way there is, and return what each way knows of it."""
    table: Any = {"TableName": CATALOG_TABLE, "ConsistentRead": consistent}
    of_alice: Any = {
        "KeyConditionExpression": "#owner = :owner",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": {"S": "alice"}},
    }
    batch = {CATALOG_TABLE: {"Keys": [KEY], "ConsistentRead": consistent}}
    item = dynamodb.get_item(Key=KEY, **table).get("Item")
    found: list[Any] = [
        [] if item is None else [item],
        dynamodb.query(**table, **of_alice)["Items"],
        dynamodb.query(IndexName="by_expiry", **table, **of_alice)["Items"],
        dynamodb.scan(**table)["Items"],
        dynamodb.batch_get_item(RequestItems=batch)["Responses"][CATALOG_TABLE],  # type: ignore[arg-type]
    ]
    return [[int(item["expires_at"]["N"]) for item in items] for items in found]


def test_a_read_that_asks_is_told_what_is(dynamodb: "DynamoDBClient") -> None:
    put(dynamodb, 1)
    put(dynamodb, 2)
    assert read(dynamodb, consistent=True) == [[2]] * 5
    dynamodb.delete_item(TableName=CATALOG_TABLE, Key=KEY)
    assert read(dynamodb, consistent=True) == [[]] * 5


def test_another_is_told_what_was_before_the_last_write(dynamodb: "DynamoDBClient") -> None:
    put(dynamodb, 1)
    assert read(dynamodb, consistent=False) == [[]] * 5
    put(dynamodb, 2)
    assert read(dynamodb, consistent=False) == [[1]] * 5
    dynamodb.delete_item(TableName=CATALOG_TABLE, Key=KEY)
    assert read(dynamodb, consistent=False) == [[2]] * 5
    assert read(dynamodb, consistent=True) == [[]] * 5


def live(bed: Bed) -> None:
    """Have owners do this and that, and hold it to what they were told."""
    life = Life(bed, random.Random(0))
    life.go_on(40)
    assert listed(bed) == life.kept.keys() | life.brief
    bed.run_stream()
    assert (violations(bed), leftovers(bed)) == ([], [])


def test_larder_is_what_it_is_when_reads_lag(bed: Bed) -> None:
    live(bed)


@pytest.mark.parametrize(
    ("operation", "table"),
    [("GetItem", CATALOG_TABLE), ("Query", CATALOG_TABLE), ("GetItem", API_KEYS_TABLE)],
)
def test_a_read_that_forgets_to_ask_is_found(bed: Bed, operation: str, table: str) -> None:
    bed.wire.interceptor = without_asking(operation, table)
    with pytest.raises((AssertionError, openai.APIStatusError)):
        live(bed)
