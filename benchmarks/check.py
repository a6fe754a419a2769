"""Measures what `larder admin check` costs: calls, read units, memory and CPU for so many files.

Run by `python -m benchmarks.check FILES...`, the smaller number first: what is resident at most is
that of the process so far, on Linux in MiB. AWS is a stub that makes up each item and object when
it is asked for and keeps none, so that what grows is the check's own. Between the passes each owner
has lost a file in a thousand and gained none, as under traffic, so that every owner is looked at.
"""

import json
import resource
import sys
import time
from base64 import b32decode, b32encode
from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.pace import Pace
from larder.admin.check.run import Check
from larder.admin.deployment import Deployment

FILES_OF_AN_OWNER = 10_000
ITEMS_OF_A_PAGE = 1_500
ITEM_BYTES = 650
SINCE = 1_790_000_000
LIFE = 30 * 86_400
DELETED = 1_000
"""One in so many was deleted while the check ran."""

_BASE_32, _ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz"
_TO_ID, _FROM_ID = bytes.maketrans(_BASE_32, _ALPHABET), bytes.maketrans(_ALPHABET, _BASE_32)

Json = dict[str, Any]


def ulid(number: int) -> str:
    """The end of the id of a file, each made a second after the one before."""
    value = (SINCE + number) * 1000 << 80 | number
    return b32encode((value << 6).to_bytes(17, "big"))[:26].translate(_TO_ID).decode()


def number_of(identifier: str) -> int:
    """The number of the file with this id."""
    return int.from_bytes(b32decode(identifier[-16:].encode().translate(_FROM_ID)), "big")


def owner_of(number: int) -> str:
    """Whose a file is."""
    return f"owner-{number // FILES_OF_AN_OWNER:06}"


def object_key(number: int) -> str:
    """Where its content is."""
    return f"expires-in-30d/{owner_of(number)}/file-{ulid(number)}"


def file_item(number: int) -> Json:
    """A file's item, as the functions write it."""
    identifier, since = f"file-{ulid(number)}", SINCE + number
    shown = {"id": identifier, "object": "file", "bytes": 5, "created_at": since}
    shown |= {"expires_at": since + LIFE, "filename": "batch.jsonl", "purpose": "batch"}
    shown["status"] = "processed"
    return {
        "owner": {"S": owner_of(number)},
        "id": {"S": identifier},
        "file": {"S": json.dumps(shown, separators=(",", ":"))},
        "bytes": {"N": "5"},
        "expires_at": {"N": str(since + LIFE)},
        "purpose_id": {"S": f"batch#{identifier}"},
        "object_key": {"S": object_key(number)},
    }


def usage_item(owner: str) -> Json:
    """An owner's usage: all of its files, and no upload."""
    item = {
        "owner": {"S": owner},
        "id": {"S": "usage"},
        "used_bytes": {"N": str(5 * FILES_OF_AN_OWNER)},
    }
    return item | {"files": {"N": str(FILES_OF_AN_OWNER)}}


class Aws:
    """DynamoDB and S3 in one, with so many files; counts what it is asked for."""

    def __init__(self, files: int) -> None:
        """Begin to count."""
        self.files = files
        self.calls: Counter[str] = Counter()
        self.units = 0.0

    def client(self, _service: str) -> "Aws":
        """Be the client of either."""
        return self

    def _took(self, call: str, units: float) -> Json:
        self.calls[call] += 1
        self.units += units
        return {"TableName": "catalog", "CapacityUnits": units}

    def scan(self, **request: Any) -> Json:
        """Answer a page of all items."""
        return self._page("Scan", 0, self.files, request)

    def query(self, **request: Any) -> Json:
        """Answer a page of an owner's items."""
        owner = request["ExpressionAttributeValues"][":owner"]["S"]
        first = int(owner.removeprefix("owner-")) * FILES_OF_AN_OWNER
        return self._page("Query", first, first + FILES_OF_AN_OWNER, request)

    def _page(self, call: str, first: int, end: int, request: Json) -> Json:
        start = request.get("ExclusiveStartKey", first)
        stop = min(start + ITEMS_OF_A_PAGE, end)
        items = [file_item(number) for number in range(start, stop)]
        ended = [number for number in range(start + 1, stop + 1) if not number % FILES_OF_AN_OWNER]
        items += [usage_item(owner_of(number - 1)) for number in ended]
        units = len(items) * ITEM_BYTES / 4096 * (1 if request["ConsistentRead"] else 0.5)
        page = {"Items": items, "ConsumedCapacity": self._took(call, units)}
        return page | ({"LastEvaluatedKey": stop} if stop < end else {})

    def batch_get_item(self, **request: Any) -> Json:
        """Answer items; what is deleted is gone for whoever asks for the present."""
        wanted = request["RequestItems"]["catalog"]
        numbers = [number_of(key["id"]["S"]) for key in wanted["Keys"]]
        is_consistent = wanted["ConsistentRead"]
        items = [file_item(one) for one in numbers if one % DELETED or not is_consistent]
        units = len(numbers) * (1 if is_consistent else 0.5)
        taken = [self._took("BatchGetItem", units)]
        return {"Responses": {"catalog": items}, "ConsumedCapacity": taken}

    def describe_table(self, **_request: Any) -> Json:
        """Answer how many items there are."""
        headers: Json = {"HTTPHeaders": {}}
        return {"Table": {"ItemCount": self.files}, "ResponseMetadata": headers}

    def list_objects_v2(self, **request: Any) -> Json:
        """Answer a thousand objects after a key, or from a number on."""
        self.calls["ListObjectsV2"] += 1
        start = int(request.get("ContinuationToken", "0"))
        if after := request.get("StartAfter"):
            start = number_of(f"{after}0")
        numbers = range(start, min(start + 1000, self.files))
        prefix = request.get("Prefix", "")
        found = [
            key for one in numbers if one % DELETED and (key := object_key(one)).startswith(prefix)
        ]
        since = datetime.fromtimestamp(SINCE, UTC)
        contents = [{"Key": key, "LastModified": since, "Size": 5} for key in found]
        is_last = numbers.stop == self.files or bool(
            prefix and not object_key(numbers.stop).startswith(prefix)
        )
        return {
            "Contents": contents,
            "IsTruncated": not is_last,
            "NextContinuationToken": str(numbers.stop),
        }

    def get_paginator(self, operation: str) -> "Pages":
        """Page through all objects, and through no multipart uploads."""
        return Pages(self, operation)


class Pages:
    """A paginator."""

    def __init__(self, aws: Aws, operation: str) -> None:
        """Of one operation."""
        self._aws, self._operation = aws, operation

    def paginate(self, **_request: Any) -> Any:
        """Yield every page."""
        if self._operation != "list_objects_v2":
            return
        token, is_last = "0", False
        while not is_last:
            page = self._aws.list_objects_v2(ContinuationToken=token)
            token, is_last = page["NextContinuationToken"], not page["IsTruncated"]
            yield page


def main() -> None:
    """Checks as many files as each argument says; the CPU's time is the stub's too."""
    for files in map(int, sys.argv[1:] or ["20000", "100000"]):
        aws = Aws(files)
        deployment = Deployment("stub", cast("Any", aws), "catalog", "keys", "content")
        catalog, bucket = Catalog(deployment, Pace()), Bucket(deployment)
        began = time.process_time()
        check = Check(catalog, bucket, now=SINCE + LIFE, sleep=lambda _: None)
        findings = list(check.run())
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{files:,} files: {len(findings)} findings, {peak:.1f} MiB resident at most, ", end=""
        )
        print(f"{aws.units:,.0f} read units, {seconds:.0f} s of CPU, {dict(aws.calls)}", flush=True)


if __name__ == "__main__":
    main()
