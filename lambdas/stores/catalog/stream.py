"""The catalog's stream: what was removed, by whatever hand.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json
from collections.abc import Mapping
from typing import Any

from lambdas.core import ids
from lambdas.core.reaping import Gone
from lambdas.core.upload import Upload
from lambdas.stores.catalog.table import Item, number, s, text
from lambdas.stores.catalog.uploads import NEVER_CHANGES, upload_of

# Of what a session never changes, reaping needs nothing.
_UNKNOWN = s(json.dumps(dict.fromkeys(NEVER_CHANGES, 0)))


def gone_by(event: Mapping[str, Any]) -> tuple[list[Gone], list[str]]:
    """Return the files and sessions that a batch of records says are removed.

    Beside them the numbers of the records that cannot be read: one of an item that an operator
    has mangled must not hold up the others.
    """
    gone, unreadable = [], []
    for record in event["Records"]:
        change = record["dynamodb"]
        reaped = text(change["Keys"], "id").startswith((ids.FILE, ids.UPLOAD))
        if record["eventName"] != "REMOVE" or not reaped:
            continue
        number_of_record = str(change["SequenceNumber"])
        try:
            removed_at = change["ApproximateCreationDateTime"]
            gone.append(_gone(number_of_record, removed_at, change["OldImage"]))
        except (AttributeError, KeyError, TypeError, ValueError):
            unreadable.append(number_of_record)
    return gone, unreadable


def _gone(number_of_record: str, removed_at: float, item: Item) -> Gone:
    identifier = text(item, "id")
    return Gone(
        number=number_of_record,
        owner=text(item, "owner"),
        id=identifier,
        bytes=number(item, "bytes"),
        object_key=text(item, "object_key"),
        removed_at=int(removed_at),
        upload=_upload_of(item) if identifier.startswith(ids.UPLOAD) else None,
    )


def _upload_of(item: Item) -> Upload:
    try:
        return upload_of(item)
    except (TypeError, ValueError):
        return upload_of({**item, "session": _UNKNOWN})
