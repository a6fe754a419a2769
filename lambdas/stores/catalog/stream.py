"""The catalog's stream: what was removed, by whatever hand.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.core import ids
from lambdas.core.reaping import Gone
from lambdas.stores.catalog.table import number, text
from lambdas.stores.catalog.uploads import upload_of


def gone_by(event: Mapping[str, Any]) -> Iterator[Gone]:
    """Yield the files and upload sessions that a batch of records says are removed."""
    for record in event["Records"]:
        change = record["dynamodb"]
        item = change.get("OldImage", {})
        identifier = text(item, "id")
        if record["eventName"] != "REMOVE" or not identifier.startswith((ids.FILE, ids.UPLOAD)):
            continue
        yield Gone(
            number=str(change["SequenceNumber"]),
            owner=text(item, "owner"),
            id=identifier,
            bytes=number(item, "bytes"),
            object_key=text(item, "object_key"),
            upload=upload_of(item) if identifier.startswith(ids.UPLOAD) else None,
        )
