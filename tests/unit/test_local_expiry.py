"""The stand-in for DynamoDB's time to live on the emulator."""

import time
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient

from infra.local.expiry import delete_expired


@pytest.fixture
def dynamodb() -> Iterator[DynamoDBClient]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="catalog",
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "owner", "AttributeType": "S"},
                {"AttributeName": "id", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def put(dynamodb: DynamoDBClient, item_id: str, expires_in: int | None) -> None:
    """Put an item whose life ends in so many seconds, or never."""
    end = None if expires_in is None else str(int(time.time()) + expires_in)
    lives_until = {} if end is None else {"expires_at": {"N": end}}
    item = {"owner": {"S": "demo"}, "id": {"S": item_id}, **lives_until}
    dynamodb.put_item(TableName="catalog", Item=item)


def test_only_what_has_expired_is_deleted(dynamodb: DynamoDBClient) -> None:
    put(dynamodb, "expired", -60)
    put(dynamodb, "lives", 3600)
    put(dynamodb, "usage", None)
    assert delete_expired(dynamodb, "catalog") == 1
    left = dynamodb.scan(TableName="catalog")["Items"]
    assert {item["id"]["S"] for item in left} == {"lives", "usage"}
