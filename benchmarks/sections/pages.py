"""What a page of 100 files takes of DynamoDB, for owners with few files and with many.

moto tells how many items a query read and not what that costs, so it is reckoned by AWS's rule: a
consistent read takes a unit for each 4 KB of what a query reads, rounded up.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import base64
import json
import logging
import math
import time
from typing import Any

from benchmarks.functions.scenes import OWNER, Recorder, Scene
from benchmarks.functions.stocking import stock_many
from benchmarks.results.figures import Measured, Remark, Value
from benchmarks.sections import Scale
from tests.bed.aws import INDEXES
from tests.bed.bed import Bed, made_bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.stock import files_of

PAGE, FEW, MANY = 100, 1_000, 100_000
UNIT_BYTES = 4096
Json = dict[str, Any]
WHY_NO_TIMES = (
    "Read units are reckoned from what the queries read. There are no times: moto's grow with its "
    "table, and DynamoDB Local is neither open source nor in a package, but downloaded by its own."
)


def measure(_scale: Scale) -> Measured:
    """Ask for the same pages of each owner, once: nothing of it is chance."""
    logging.disable(logging.CRITICAL)  # the functions', which run in this process
    units: dict[str, float] = {}
    for files in (FEW, MANY):
        with made_bed(time.time()) as bed:
            ids = stock_many(bed, files_of(OWNER, files, since=bed.clock.now - files))
            item = _an_item(bed)
            for page, query in _queries(ids).items():
                scene = Recorder(bed).ask(f"GET /files?limit={PAGE}{query}")
                assert len(json.loads(scene.body)["data"]) == PAGE
                row, read = f"{page}, of {files:,} files", _read(scene)
                size = _size(item, of_index="purpose" in query)
                taken = sum(math.ceil(items * size / UNIT_BYTES) for items in read)
                yield Value(row, "queries", "", len(read))
                yield Value(row, "items read", "", sum(read))
                yield Value(row, "read units", "", taken)
                units.setdefault(page, taken)
                yield Value(row, f"of those of {FEW:,}", "", taken / units[page])
    yield Remark(WHY_NO_TIMES)


def _queries(ids: list[str]) -> dict[str, str]:
    middle = ids[len(ids) // 2]
    return {
        "first page": "",
        "page in the middle": f"&after={middle}",
        "first page, one purpose": "&purpose=batch",
    }


def _an_item(bed: Bed) -> Json:
    """One of the owner's items: they are as long as one another."""
    found = bed.session.client("dynamodb").query(
        TableName=CATALOG_TABLE,
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": OWNER}},
        Limit=1,
    )
    item: Json = found["Items"][0]
    return item


def _size(item: Json, *, of_index: bool) -> int:
    """The bytes of an item in the table, or of what the index by purpose has of it."""
    sort_key, projected = INDEXES["by_purpose"]
    names = {"owner", "id", sort_key, *projected} & item.keys() if of_index else item.keys()
    return sum(len(name) + len(str(next(iter(item[name].values())))) for name in names)


def _read(scene: Scene) -> list[int]:
    """How many items each query of an answer read."""
    bodies = [json.loads(base64.b64decode(answer["body"])) for answer in scene.answers]
    return [body["ScannedCount"] for body in bodies]
