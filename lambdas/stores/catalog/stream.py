"""The catalog's stream: what was removed, by a delete, by TTL or by an operator.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json
from collections.abc import Mapping
from typing import Any

from lambdas.core import ids
from lambdas.core.damage import log_damage
from lambdas.core.reaping import Gone
from lambdas.core.upload import Upload
from lambdas.stores.catalog.reading import whole
from lambdas.stores.catalog.sessions import NEVER_CHANGES, RARE, upload_of
from lambdas.stores.catalog.table import Item, s, text

# Reaping needs none of the fields that every session has.
_UNKNOWN = dict.fromkeys(NEVER_CHANGES, 0)
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


def gone_by(event: Mapping[str, Any]) -> list[Gone]:
    """Return the files and sessions that a batch of records says are removed.

    A damaged record is logged, and read as far as possible: another delivery would not help, and
    would hold up the other records. `larder admin check` finds what it leaves.
    """
    gone = []
    for record in event["Records"]:
        change = record["dynamodb"]
        owner, identifier = text(change["Keys"], "owner"), text(change["Keys"], "id")
        if record["eventName"] != "REMOVE" or not identifier.startswith((ids.FILE, ids.UPLOAD)):
            continue
        try:
            removed_at = int(change["ApproximateCreationDateTime"])
            item = {**change["OldImage"], **change["Keys"]}
            gone.append(_gone(str(change["SequenceNumber"]), removed_at, item))
        except _UNREADABLE:
            log_damage(owner, identifier)
    return gone


def _gone(number_of_record: str, removed_at: int, item: Item) -> Gone:
    owner, identifier = text(item, "owner"), text(item, "id")
    try:
        size = whole(item, "bytes")
    except _UNREADABLE:
        size = None
    return Gone(
        number=number_of_record,
        owner=owner,
        id=identifier,
        bytes=size,
        object_key=_text(item, "object_key"),
        removed_at=removed_at,
        upload=_upload_of(item) if identifier.startswith(ids.UPLOAD) else None,
    )


def _upload_of(item: Item) -> Upload:
    """Read a session for what reaping needs: its names, its status and whether it has a file."""
    needed = ("owner", "id", "status", "object_key", "multipart_id", "file")
    session = s(json.dumps({**_UNKNOWN, **_rare(item)}))
    return upload_of({**{name: s(_text(item, name)) for name in needed}, "session": session})


def _rare(item: Item) -> dict[str, Any]:
    """Read the fields that few sessions have: where else their objects may be."""
    try:
        session = json.loads(_text(item, "session"))
    except (ValueError, RecursionError):
        return {}
    return (
        {name: session[name] for name in RARE if name in session}
        if isinstance(session, dict)
        else {}
    )


def _text(item: Item, name: str) -> str:
    try:
        return text(item, name)
    except AttributeError:
        return ""
