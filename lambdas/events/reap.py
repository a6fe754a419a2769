"""The reaper: deletes the bytes of what the catalog's stream reports as removed.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import gc
import time
from collections.abc import Mapping
from typing import Any

from lambdas.api.log import logger
from lambdas.core.reaping import Reaper
from lambdas.stores.catalog.stream import gone_by
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.usage import UsageItems
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

bucket = Bucket.from_environment()
reaper = Reaper(
    usage=UsageItems(Table.from_environment()), objects=bucket, parts=BucketParts(bucket)
)

gc.enable()
gc.freeze()


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Answer which records to deliver again."""
    gone = gone_by(event)
    failed = reaper.reap(gone, time.time())
    logger.info("reaped", extra={"gone": len(gone), "failed": failed})
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
