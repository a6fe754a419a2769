"""Every path through the functions that the other tests here do not take, within their roles.

The emulator enforces IAM (`test_permissions.py` shows it), so what works here is allowed by the
functions' rows in `infra/routes.py`.
"""

import hashlib
import time
from typing import Any

import openai
import pytest
import urllib3
from mypy_boto3_dynamodb import DynamoDBClient

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from tests.e2e.batches import MIB
from tests.e2e.conftest import NewUser
from tests.e2e.test_deletion import is_empty
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

ONCE = {"Idempotency-Key": "once"}
SMALL = ("small.jsonl", b"{}\n")


@pytest.fixture
def dynamodb(deployment: RunningDeployment) -> DynamoDBClient:
    return aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url)


def begin(client: openai.OpenAI, size: int, **more: Any) -> str:
    upload = client.uploads.create(
        filename="big.jsonl", purpose="batch", bytes=size, mime_type="text/plain", **more
    )
    return upload.id


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_a_key_begins_and_completes_one_upload(client: openai.OpenAI) -> None:
    begun = [begin(client, 6, extra_headers=ONCE) for _ in range(2)]
    assert begun[0] == begun[1]
    parts = [client.uploads.parts.create(begun[0], data=data).id for data in (b"abc", b"def")]
    completed = [
        client.uploads.complete(begun[0], part_ids=parts, md5=md5(b"abcdef"), extra_headers=ONCE)
        for _ in range(2)
    ]
    assert completed[0] == completed[1]
    assert completed[0].status == "completed"


def test_presigned_parts_are_completed_with_an_md5(client: openai.OpenAI) -> None:
    content = b"z" * (9 * MIB)
    path = f"/uploads/{begin(client, len(content))}"
    wanted = {"part_numbers": [1, 2]}
    urls: Any = client.post(f"{path}/part_urls", body=wanted, cast_to=object)
    with urllib3.PoolManager(retries=False, timeout=30) as http:
        for url in urls["data"]:
            body = content[: url["bytes"]]
            assert http.request("PUT", url["url"], body=body, headers=url["headers"]).status == 200
    parts: Any = client.get(f"{path}/parts", cast_to=object)
    part_ids = [part["id"] for part in parts["data"]]
    upload = client.uploads.complete(path.rpartition("/")[2], part_ids=part_ids, md5=md5(content))
    assert upload.file is not None
    assert upload.file.bytes == len(content)


def test_a_cancelled_upload_leaves_no_part_in_s3(
    user: User, client: openai.OpenAI, deployment: RunningDeployment
) -> None:
    upload_id = begin(client, 10)
    client.uploads.parts.create(upload_id, data=b"abc")
    client.uploads.cancel(upload_id)
    assert user.objects() == []
    s3 = aws_session().client("s3", endpoint_url=deployment.endpoint_url)
    bucket = deployment.outputs["ContentBucket"]
    unfinished = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    assert [one["Key"] for one in unfinished if f"/{user.owner}/" in one["Key"]] == []


def test_a_full_quota_gives_back_what_has_expired(
    new_user: NewUser, deployment: RunningDeployment, dynamodb: DynamoDBClient
) -> None:
    user = new_user("--quota", "4")
    with user.sdk() as client:
        file = client.files.create(file=SMALL, purpose="batch")
        with pytest.raises(openai.PermissionDeniedError):
            client.files.create(file=SMALL, purpose="batch")
        dynamodb.update_item(
            TableName=deployment.outputs["CatalogTable"],
            Key={"owner": {"S": user.owner}, "id": {"S": file.id}},
            UpdateExpression="SET expires_at = :past",
            ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
        )
        client.files.create(file=SMALL, purpose="batch")


def test_a_session_deleted_by_hand_is_cleaned_up_after(
    user: User, client: openai.OpenAI, deployment: RunningDeployment, dynamodb: DynamoDBClient
) -> None:
    upload_id = begin(client, 10)
    client.uploads.parts.create(upload_id, data=b"abc")
    assert len(user.objects()) == 1
    dynamodb.delete_item(
        TableName=deployment.outputs["CatalogTable"],
        Key={"owner": {"S": user.owner}, "id": {"S": upload_id}},
    )
    wait_until(lambda: not user.objects())
    wait_until(lambda: is_empty(user))
