"""The bed's DynamoDB as another process sees it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import botocore.session
import openai
import pytest
from botocore.exceptions import ClientError
from moto.core.models import botocore_stubber

from tests.bed.bed import Bed
from tests.bed.dynamodb_server import running_dynamodb
from tests.bed.environment import CATALOG_TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def outsider(bed: Bed) -> Iterator["DynamoDBClient"]:
    """A client that goes by the wire, though it is in this process, where moto replaces others."""
    session: Any = botocore.session.get_session()
    session.unregister("before-send", botocore_stubber)
    with running_dynamodb() as url:
        yield cast("DynamoDBClient", session.create_client("dynamodb", endpoint_url=url))


def test_it_holds_what_the_functions_have_written(
    outsider: "DynamoDBClient", alice: openai.OpenAI
) -> None:
    file = alice.files.create(file=("a.jsonl", b"hello"), purpose="batch")
    key: Any = {"owner": {"S": "alice"}, "id": {"S": file.id}}
    item = outsider.get_item(TableName=CATALOG_TABLE, Key=key)["Item"]
    assert item["bytes"] == {"N": "5"}


def test_the_functions_see_what_is_deleted_there(
    outsider: "DynamoDBClient", alice: openai.OpenAI
) -> None:
    file = alice.files.create(file=("a.jsonl", b"hello"), purpose="batch")
    key: Any = {"owner": {"S": "alice"}, "id": {"S": file.id}}
    outsider.delete_item(TableName=CATALOG_TABLE, Key=key)
    with pytest.raises(openai.NotFoundError):
        alice.files.retrieve(file.id)


def test_a_condition_that_fails_is_an_error_there_too(outsider: "DynamoDBClient") -> None:
    key: Any = {"owner": {"S": "alice"}, "id": {"S": "file-none"}}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        outsider.put_item(
            TableName=CATALOG_TABLE, Item=key, ConditionExpression="attribute_exists(id)"
        )
