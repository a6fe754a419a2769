"""What a call to AWS reads and writes, so that calls that do not meet need not be tried both ways.

Two calls meet when one of them writes what the other reads or writes: an item, an object, or the
parts on their way to an object's key. The order of calls that do not meet changes nothing, neither
their answers nor what they leave. A call that is not known here meets everything.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.bed.wire import Call

_READS_ITEMS = ("GetItem", "Query", "Scan", "BatchGetItem")
_WRITES_AN_ITEM = ("PutItem", "UpdateItem", "DeleteItem")
_READS_AN_OBJECT = ("GetObject", "HeadObject")
_READS_PARTS = ("ListParts", "ListMultipartUploads")
_WRITES_PARTS = (
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
)


@dataclass(frozen=True, order=True)
class Touch:
    """One place that is read or written, or all whose names begin so."""

    place: str
    writes: bool
    many: bool = False

    def meets(self, other: "Touch") -> bool:
        """Tell whether the order of the two may matter."""
        if not (self.writes or other.writes):
            return False
        return self._covers(other) or other._covers(self) or self.place == other.place

    def _covers(self, other: "Touch") -> bool:
        return self.many and other.place.startswith(self.place)


Touches = frozenset[Touch]
EVERYTHING: Touches = frozenset({Touch("", writes=True, many=True)})
CLOCK = "clock"
"""DynamoDB's clock, which a pause writes and whatever removes an item reads."""


def meet(one: Touches, other: Touches) -> bool:
    """Tell whether the order of two calls may matter."""
    return any(touch.meets(another) for touch in one for another in other)


def touches_of(call: Call) -> Touches:
    """Return what a call touches."""
    found = _in_s3(call) if call.service == "s3" else _in_dynamodb(call)
    return EVERYTHING if found is None else frozenset(found)


def named(touches: Touches) -> str:
    """Name the places, those that are written first."""
    ordered = sorted(touches, key=lambda touch: (not touch.writes, touch.place))
    return ", ".join(touch.place + "*" * touch.many for touch in ordered if touch.place != CLOCK)


def _in_dynamodb(call: Call) -> list[Touch] | None:
    body = call.json()
    if call.operation == "DescribeTable":
        return [Touch(CLOCK, writes=False)]
    if call.operation == "TransactWriteItems":
        return [
            touch
            for item in body["TransactItems"]
            for kind, write in item.items()
            for touch in _written(kind, write)
        ]
    if call.operation in _WRITES_AN_ITEM:
        return _written(call.operation, body)
    if call.operation in _READS_ITEMS:
        return _read(call.operation, body)
    return None


def _written(kind: str, write: dict[str, Any]) -> list[Touch]:
    place = _item(write["TableName"], write.get("Key") or write["Item"])
    removal = [Touch(CLOCK, writes=False)] if kind.startswith("Delete") else []
    return [Touch(place, writes=kind != "ConditionCheck"), *removal]


def _read(operation: str, body: dict[str, Any]) -> list[Touch]:
    if operation == "BatchGetItem":
        return [
            Touch(_item(table, key), writes=False)
            for table, wanted in body["RequestItems"].items()
            for key in wanted["Keys"]
        ]
    if operation == "GetItem":
        return [Touch(_item(body["TableName"], body["Key"]), writes=False)]
    if operation == "Scan":
        return [Touch(body["TableName"], writes=False, many=True)]
    place = f"{body['TableName']}/{body['ExpressionAttributeValues'][':owner']['S']}/"
    if "IndexName" not in body:
        return [Touch(place, writes=False, many=True)]
    # The usage is in no index; of the ids behind it none begins with a later letter.
    return [Touch(place + first, writes=False, many=True) for first in ("file-", "idem", "upload_")]


def _item(table: str, item: dict[str, Any]) -> str:
    """Name an item; those of the table of API keys have another key, and no owner."""
    names = [item[name]["S"] for name in ("owner", "id", "key_hash") if name in item]
    return "/".join([table, *names])


def _in_s3(call: Call) -> list[Touch] | None:
    key = unquote(urlsplit(str(call.request.url)).path).removeprefix("/")
    content, parts = f"object/{key}", f"parts of {key}"
    if call.operation in _READS_AN_OBJECT:
        return [Touch(content, writes=False)]
    if call.operation in _READS_PARTS:
        return [Touch(parts, writes=False, many=not key)]
    if call.operation in ("PutObject", "DeleteObject"):
        return [Touch(content, writes=True)]
    if call.operation in ("ListObjectsV2", "DeleteObjects"):
        return _in_bucket(call)
    if call.operation not in _WRITES_PARTS:
        return None
    found = [Touch(parts, writes=True)]
    if call.operation == "CompleteMultipartUpload":
        found.append(Touch(content, writes=True))
    if call.operation == "UploadPartCopy":
        source = str(call.request.headers["x-amz-copy-source"]).partition("/")[2]
        found.append(Touch(f"object/{unquote(source)}", writes=False))
    return found


def _in_bucket(call: Call) -> list[Touch]:
    if call.operation == "ListObjectsV2":
        [prefix] = parse_qs(urlsplit(str(call.request.url)).query).get("prefix", [""])
        return [Touch(f"object/{prefix}", writes=False, many=True)]
    body: Any = call.request.body
    text = body.decode() if isinstance(body, bytes | bytearray) else body.getvalue().decode()
    return [Touch(f"object/{key}", writes=True) for key in re.findall(r"<Key>(.*?)</Key>", text)]
