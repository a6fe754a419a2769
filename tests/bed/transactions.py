"""moto's transactions, undone by what they name when they are cancelled.

To be able to, moto copies the whole table, and all that its stream has told, once for each write of
each transaction: most of the time of many tests. Here it copies the items that the writes name.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

Undo = Callable[[], None]

_write_all = DynamoDBBackend.transact_write_items


def undo_by_item() -> None:
    """Have all of moto's transactions undone so, from now on; one at a time, as on the wire."""
    DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign,assignment]


def _transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    undos = [_undo(backend, write) for item in transact_items for write in item.values()]
    try:
        with patch.object(Table, "__deepcopy__", lambda table, _memo: table, create=True):
            _write_all(backend, transact_items)
    except Exception:
        for undo in undos:
            undo()
        raise


def _undo(backend: DynamoDBBackend, write: Mapping[str, Any]) -> Undo:
    """Return what puts back the item that a write names, and ends the stream where it ends now."""
    table = backend.get_table(write["TableName"])
    with suppress(MockValidationException):  # without a key, which moto refuses itself
        hash_key, range_key = backend.get_keys_value(table, write.get("Key") or write["Item"])
        held: Any = table.items if range_key is None else table.items[hash_key]
        key = hash_key if range_key is None else range_key
        before = deepcopy(held.get(key))
        stream = table.stream_shard.items if table.stream_shard else []
        told = len(stream)

        def undo() -> None:
            held.pop(key, None)
            if before is not None:
                held[key] = before
            del stream[told:]

        return undo
    return lambda: None
