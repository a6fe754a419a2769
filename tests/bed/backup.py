"""A table beside the catalog, as DynamoDB restores one from point-in-time recovery.

It has neither stream nor TTL, and here no index, of which nobody reads.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.restore import Fate, Found, Restore
from tests.bed.bed import Bed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RESTORED_TABLE = "larder-catalog-restored"


def create_restored(dynamodb: "DynamoDBClient", name: str = RESTORED_TABLE) -> None:
    """Create the table, empty."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "id", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "id", "KeyType": "RANGE"},
        ],
    )


def restore_as_of_now(bed: Bed) -> None:
    """Have the table hold what the catalog holds at this moment."""
    dynamodb = bed.session.client("dynamodb")
    create_restored(dynamodb)
    for item in bed.items():
        dynamodb.put_item(TableName=RESTORED_TABLE, Item=item)


def items_of_backup(bed: Bed) -> list[dict[str, Any]]:
    """Return the table's items, in DynamoDB's notation."""
    scan = bed.session.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=RESTORED_TABLE, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def restored(bed: Bed, *, now: float = 0, **options: Any) -> list[Found]:
    """Run a restore from the table beside the catalog."""
    run = Restore(
        Catalog(replace(bed.deployment, catalog_table=RESTORED_TABLE)),
        Catalog(bed.deployment),
        Bucket(bed.deployment),
        now=now or time.time(),
        **options,
    ).run()
    return list(run)


def fates(found: list[Found]) -> dict[str, Fate]:
    """What became of each item but the usages, by id."""
    return {one.id: one.fate for one in found if one.id != "usage"}
