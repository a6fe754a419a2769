"""What has expired leaves nothing behind: the stream and the reaper."""

import time

import openai
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from infra.local.expiry import delete_expired
from tests.e2e.user import User
from tests.e2e.waiting import wait_until


@pytest.fixture
def dynamodb(deployment: RunningDeployment) -> DynamoDBClient:
    """The deployment's tables, for an operator."""
    return aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url)


@pytest.fixture
def file_id(user: User, client: openai.OpenAI) -> str:
    """A file of the user's, whose bytes are in the bucket and in the usage."""
    created = client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
    assert len(user.objects()) == 1
    assert user.usage()["bytes"] == 5
    return created.id


def nothing_is_left_of(user: User) -> None:
    """The object goes when the stream has been read, and its bytes are counted no more."""
    wait_until(lambda: not user.objects())
    wait_until(lambda: is_empty(user))


def is_empty(user: User) -> bool:
    usage = user.usage()
    return (usage["bytes"], usage["reserved_bytes"], usage["files"]) == (0, 0, 0)


def test_an_expired_file_is_gone_at_once_and_its_object_follows_its_item(
    user: User,
    client: openai.OpenAI,
    deployment: RunningDeployment,
    dynamodb: DynamoDBClient,
    file_id: str,
) -> None:
    catalog = deployment.outputs["CatalogTable"]
    dynamodb.update_item(  # nobody can wait for the shortest life, an hour
        TableName=catalog,
        Key={"owner": {"S": user.owner}, "id": {"S": file_id}},
        UpdateExpression="SET expires_at = :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()) - 1)}},
    )
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file_id)
    assert client.files.list().data == []
    assert is_empty(user)
    delete_expired(dynamodb, catalog)
    nothing_is_left_of(user)
