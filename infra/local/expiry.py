"""Replaces the emulator's time to live, which is faulty.

Its CloudFormation ignores the setting. If it is set by the API, items are removed without a stream
record, so that their content would stay and their bytes would not be given back.
"""

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from mypy_boto3_dynamodb import DynamoDBClient

from infra.local.aws import aws_session

EXPIRES_AT = "expires_at"
EVERY_SECONDS = 60.0


@contextmanager
def expiring(endpoint: str, tables: Iterable[str], every: float = EVERY_SECONDS) -> Iterator[None]:
    """Delete expired items from time to time for the length of a `with` block.

    Args:
        endpoint: The emulator's URL.
        tables: Tables with a number `expires_at`, in Unix seconds.
        every: Seconds between two scans.
    """
    dynamodb = aws_session().client("dynamodb", endpoint_url=endpoint)
    names = list(tables)
    done = threading.Event()

    def sweep() -> None:
        while not done.wait(every):
            for table in names:
                # The next scan makes up for a failed one.
                with contextlib.suppress(BotoCoreError, ClientError):
                    delete_expired(dynamodb, table)

    thread = threading.Thread(target=sweep, name="expiry", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def delete_expired(dynamodb: DynamoDBClient, table: str) -> int:
    """Delete a table's expired items, as time to live does, and return their number."""
    description = dynamodb.describe_table(TableName=table)["Table"]
    key_names = [element["AttributeName"] for element in description["KeySchema"]]
    now = {":now": {"N": str(int(time.time()))}}
    expired = f"{EXPIRES_AT} < :now"
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, FilterExpression=expired, ExpressionAttributeValues=now
    )
    deleted = 0
    for item in (item for page in pages for item in page["Items"]):
        with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.delete_item(
                TableName=table,
                Key={name: item[name] for name in key_names},
                ConditionExpression=expired,  # a session may have been completed meanwhile
                ExpressionAttributeValues=now,
            )
            deleted += 1
    return deleted
