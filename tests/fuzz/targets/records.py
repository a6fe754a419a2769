"""Items of the catalog, which an operator may have edited: one JSON object, as DynamoDB holds it.

A record of the stream is reaped as far as that is safe, and deletes nobody else's object; a reader
says that an item is damaged, and nothing else.
"""

import json
import logging
from contextlib import suppress
from typing import Any

from lambdas.core.errors import Damaged
from lambdas.core.reaping import Reaper
from lambdas.stores.catalog.files import file_of
from lambdas.stores.catalog.reading import reading
from lambdas.stores.catalog.sessions import sound_upload_of
from lambdas.stores.catalog.stream import gone_by
from lambdas.stores.catalog.usage import usage_of
from tests.fuzz.fakes import NOW, Discarded

FILE_ID = "file-01kb0000000000000000000000"
UPLOAD_ID = "upload_01kb0000000000000000000000"
KEYS = {"owner": "alice"}

TOKENS = (
    b'{"bytes":1,"expires_at":1900000000,"object_key":"expires-in-30d/alice/',
    b'"object_key":"',
    b'"status":"pending"',
    b'"status":"completed"',
    b'"multipart_id":"',
    b'"session":"{\\"bytes\\":1,\\"expires_at\\":1,\\"part_size\\":1}"',
    b'\\"began_as\\":\\"',
    b'\\"by_form\\":true',
    b'"file":"{',
    b"expires-in-30d/",
    b"alice/",
    b"bob/",
    FILE_ID.encode(),
    UPLOAD_ID.encode(),
    b"99999999999999999999",
    b"[[[[[[[[",
    b"\\ud800",
)

logging.getLogger("lambdas.damage").disabled = True


def run(data: bytes) -> None:
    """Try one item, as a file's and as an upload's."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = data.decode("latin-1")
    fields = value if isinstance(value, dict) else {"session": value, "file": value}
    for identifier in (FILE_ID, UPLOAD_ID):
        item = {name: _typed(one) for name, one in fields.items()}
        item |= {"owner": {"S": "alice"}, "id": {"S": identifier}}
        _reaped(item, identifier)
        _read(item, identifier)


def _typed(value: Any) -> dict[str, Any]:
    """Write a value in DynamoDB's notation, as it would give it back."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": f"{value}"}
        case list():
            return {"L": [_typed(one) for one in value]}
        case dict():
            return {"M": {name: _typed(one) for name, one in value.items()}}
        case _:
            return {"NULL": True}


def _reaped(item: dict[str, Any], identifier: str) -> None:
    record = {
        "eventName": "REMOVE",
        "dynamodb": {
            "Keys": {"owner": item["owner"], "id": item["id"]},
            "OldImage": item,
            "SequenceNumber": "1",
            "ApproximateCreationDateTime": NOW,
        },
    }
    stores = Discarded()
    gone = gone_by({"Records": [record]})
    assert len(gone) == 1, "it is passed over"
    assert Reaper(stores, stores, stores).reap(gone, NOW) == []
    assert all(size >= 0 for size in stores.released)
    for key in stores.objects:
        life, owner, name = key.split("/")
        assert (life[:11], owner) == ("expires-in-", "alice")
        assert name == identifier or name.startswith("upload_")


def _read(item: dict[str, Any], identifier: str) -> None:
    with suppress(Damaged):
        if identifier == UPLOAD_ID:
            upload = sound_upload_of(item)
            upload.has_ended_at(NOW)
            upload.answer(NOW)
    with suppress(Damaged), reading("alice", identifier):
        file = file_of(item)
        assert file.bytes >= 0
    with suppress(Damaged):
        usage_of("alice", item)
