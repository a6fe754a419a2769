"""What each call to AWS needs a permission for."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

from infra.rows import Function, Resource, Task
from tests.bed.environment import API_KEYS_TABLE, CATALOG_TABLE, CONTENT_BUCKET
from tests.bed.wire import Call

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
OBJECT_ACTIONS = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "CompleteMultipartUpload": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "ListParts": "s3:ListMultipartUploadParts",
    "PutObject": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "UploadPartCopy": "s3:PutObject",
}
TABLES = {CATALOG_TABLE: Resource.CATALOG, API_KEYS_TABLE: Resource.API_KEYS}
INDEXES = {
    "by_purpose": Resource.CATALOG_BY_PURPOSE,
    "by_expiry": Resource.CATALOG_BY_EXPIRY,
}

Need = tuple[str, Resource, str | None]
"""An action, on what, and for a listing the prefix that is listed."""


def needs(call: Call) -> Iterator[Need]:
    """Every permission that a call needs; raises AssertionError for a call unknown here."""
    if call.service == "dynamodb":
        yield from _dynamodb(call)
    elif call.service == "s3":
        yield from _s3(call)
    else:
        raise AssertionError(f"nobody expects a call to {call.service}")


def beyond(row: Function | Task, call: Call) -> list[Need]:
    """What a call needs and the row does not allow."""
    return [need for need in needs(call) if not _is_allowed(row, need)]


def _is_allowed(row: Function | Task, need: Need) -> bool:
    action, resource, listed = need
    return any(
        action in permission.actions
        and resource is permission.resource
        and (permission.prefix is None or (listed or "").startswith(permission.prefix[:-1]))
        for permission in row.permissions
    )


def _dynamodb(call: Call) -> Iterator[Need]:
    request = call.json()
    if call.operation == "TransactWriteItems":
        for step in request["TransactItems"]:
            ((kind, write),) = step.items()
            action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            yield f"dynamodb:{action}", TABLES[write["TableName"]], None
        return
    resource = (
        INDEXES[request["IndexName"]] if "IndexName" in request else TABLES[request["TableName"]]
    )
    yield f"dynamodb:{call.operation}", resource, None


def _s3(call: Call) -> Iterator[Need]:
    url = urlsplit(str(call.request.url))
    key = unquote(url.path).removeprefix(f"/{CONTENT_BUCKET}").removeprefix("/")
    if call.operation == "ListObjectsV2":
        yield "s3:ListBucket", Resource.CONTENT, parse_qs(url.query).get("prefix", [""])[0]
    elif call.operation == "DeleteObjects":
        body = cast("bytes", call.request.body)
        for deleted in ET.fromstring(body).findall(".//{*}Key"):
            yield "s3:DeleteObject", _kind_of(deleted.text or ""), None
    else:
        yield OBJECT_ACTIONS[call.operation], _kind_of(key), None
        if call.operation == "UploadPartCopy":  # of a file's own bytes, to another life
            yield "s3:GetObject", Resource.FILES, None


def _kind_of(key: str) -> Resource:
    if key.startswith("expires-in-"):
        return Resource.FILES
    assert key.startswith("parts/"), f"an object of neither kind: {key}"
    return Resource.PARTS
