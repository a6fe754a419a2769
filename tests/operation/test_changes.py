"""What would lose what users stored, by two templates."""

import json
from typing import Any

import pytest

from infra.operation.changes import losses

TABLE = "AWS::DynamoDB::Table"
BUCKET = "AWS::S3::Bucket"


def holds(kind: str, **properties: Any) -> dict[str, Any]:
    path = {"aws:cdk:path": "larder-prod-data/Catalog/Table/Resource"}
    return {"Resources": {"X1": {"Type": kind, "Properties": properties, "Metadata": path}}}


def test_what_stays_as_it_is_is_no_loss() -> None:
    there = holds(TABLE, KeySchema=["owner", "id"])
    assert list(losses(there, json.loads(json.dumps(there)))) == []


def test_what_may_change_in_place_is_no_loss() -> None:
    there = holds(TABLE, DeletionProtectionEnabled=False, SSESpecification={"SSEEnabled": True})
    assert list(losses(there, holds(TABLE, DeletionProtectionEnabled=True))) == []


@pytest.mark.parametrize(("kind", "word"), [(TABLE, "table"), (BUCKET, "bucket")])
def test_what_is_gone_is_named_by_its_construct(kind: str, word: str) -> None:
    (sentence,) = losses(holds(kind), {"Resources": {}})
    assert sentence == f"It would remove the {word} Catalog/Table."


def test_anything_else_may_go() -> None:
    assert list(losses(holds("AWS::Logs::LogGroup"), {"Resources": {}})) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (TABLE, "KeySchema"),
        (TABLE, "LocalSecondaryIndexes"),
        (TABLE, "TableName"),
        (BUCKET, "BucketName"),
    ],
)
def test_what_would_begin_empty_is_told_with_the_reason(kind: str, name: str) -> None:
    (sentence,) = losses(holds(kind, **{name: "a"}), holds(kind, **{name: "b"}))
    assert sentence.endswith(f"Catalog/Table with an empty one, for its {name}.")


OLD, NEW = "arn:aws:kms:::key/old", "arn:aws:kms:::key/new"


def of_bucket(key: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ServerSideEncryptionByDefault": default}]
    return holds(BUCKET, BucketEncryption={"ServerSideEncryptionConfiguration": rules})


def of_table(key: str) -> dict[str, Any]:
    return holds(TABLE, SSESpecification={"SSEEnabled": True, "KMSMasterKeyId": key})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (of_table(OLD), of_table(NEW)),
        (of_table(OLD), holds(TABLE)),
        (of_bucket(OLD), of_bucket(NEW)),
        (of_bucket(OLD), holds(BUCKET)),
    ],
)
def test_the_key_that_what_is_there_needs_is_kept(before: Any, after: Any) -> None:
    (sentence,) = losses(before, after)
    assert "It would change the KMS key of" in sentence


@pytest.mark.parametrize(
    ("before", "after"), [(holds(TABLE), of_table(NEW)), (holds(BUCKET), of_bucket(NEW))]
)
def test_a_first_key_of_the_teams_is_no_loss(before: Any, after: Any) -> None:
    assert list(losses(before, after)) == []
