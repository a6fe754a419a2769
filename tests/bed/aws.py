"""moto's AWS with the stateful things of a deployment, as `infra` defines them, fresh each time."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.models import botocore_stubber

from lambdas.stores import aws as functions_aws
from tests.bed.environment import API_KEYS_TABLE, CATALOG_TABLE, CONTENT_BUCKET, REGION
from tests.bed.transactions import undo_by_item
from tests.bed.wire import Wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.literals import ScalarAttributeTypeType
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        LocalSecondaryIndexTypeDef,
    )

INDEXES = {
    "by_purpose": ("purpose_id", ["file", "expires_at"]),
    "by_expiry": ("expires_at", ["bytes", "status"]),
}

# The functions' clients live as long as the process, so their wire does; the tests' own clients
# have another, which shares the lock, and whose calls are not counted.
functions_wire = Wire()
functions_wire.connect(functions_aws.session())
tests_wire = Wire()
tests_wire.lock = functions_wire.lock
_tests_botocore = botocore.session.get_session()
tests_wire.connect(_tests_botocore)
_tests_session = boto3.Session(botocore_session=_tests_botocore)
_make_client: Callable[..., Any] = _tests_session.client


@cache
def _client(service: str, _endpoint: str | None, config: Config | None) -> Any:
    return _make_client(service, config=config)


def _kept_client(service: str, config: Config | None = None) -> Any:
    """Make each client once: making one takes longer than most of a test's calls together."""
    return _client(service, os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}"), config)


_tests_session.client = _kept_client  # type: ignore[method-assign,assignment]
undo_by_item()


@contextmanager
def fresh_aws(real_s3: str | None = None) -> Iterator[boto3.Session]:
    """Start an AWS that holds two empty tables and an empty bucket; yields the tests' session.

    With the URL of a real S3 server, which AWS_ENDPOINT_URL_S3 must name too, the bucket is there.
    """
    functions_wire.reset(real_s3)
    tests_wire.reset(real_s3)
    with _moto():
        create_tables(_tests_session.client("dynamodb"))
        if real_s3 is None:
            _tests_session.client("s3").create_bucket(
                Bucket=CONTENT_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        yield _tests_session


@contextmanager
def _moto() -> Iterator[None]:
    """Have an empty moto answer what comes by a wire, and nothing else.

    `mock_aws` would also catch what `requests` sends, by two thousand patterns made anew each time.
    """
    BackendDict.reset()
    botocore_stubber.enabled = True
    try:
        yield
    finally:
        botocore_stubber.enabled = False
        BackendDict.reset()


def create_tables(dynamodb: "DynamoDBClient") -> None:
    """Create the catalog and the table of API keys."""
    dynamodb.create_table(
        TableName=CATALOG_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            _attribute("owner"),
            _attribute("id"),
            _attribute("purpose_id"),
            _attribute("expires_at", "N"),
        ],
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "id", "KeyType": "RANGE"},
        ],
        LocalSecondaryIndexes=[_index(name) for name in INDEXES],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"},
    )
    dynamodb.create_table(
        TableName=API_KEYS_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[_attribute("key_hash")],
        KeySchema=[{"AttributeName": "key_hash", "KeyType": "HASH"}],
    )


def _attribute(name: str, kind: "ScalarAttributeTypeType" = "S") -> "AttributeDefinitionTypeDef":
    return {"AttributeName": name, "AttributeType": kind}


def _index(name: str) -> "LocalSecondaryIndexTypeDef":
    sort_key, projected = INDEXES[name]
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": projected},
    }
