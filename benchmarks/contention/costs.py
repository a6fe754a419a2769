"""What the catalog's writes cost: write units by the size of the items, and money.

A transaction takes two units for each KiB that one write takes one for, and each local index of
an item is written like the item itself.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ThroughputConsiderations.Writes
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, cast

from lambdas.core.file import new_file
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.table import Item, Table, n, s

# Of each index its own key, and what it has beside that of the item. infra/constructs/tables.py
INDEXES: Mapping[str, tuple[str, ...]] = {
    "purpose_id": ("file", "expires_at"),
    "expires_at": ("bytes", "status"),
}

# us-east-1, for a million: https://aws.amazon.com/dynamodb/pricing/on-demand/
DOLLARS_A_MILLION_WRITE_UNITS = 0.625
DOLLARS_A_MILLION_READ_UNITS = 0.125

OWNER = "team-research-batch"


def size_of(item: Item) -> int:
    """Tell an item's bytes, nearly: a number has about half as many as it has digits."""
    return sum(
        len(name) + (len(value["S"].encode()) if "S" in value else len(value["N"]) // 2 + 2)
        for name, value in item.items()
    )


def units_of(item: Item) -> int:
    """Tell the units of one write in a transaction that puts or deletes an item."""
    images = [item]
    for key, projected in INDEXES.items():
        if key in item:
            names = {"owner", "id", key, *projected}
            images.append({name: value for name, value in item.items() if name in names})
    return 2 * sum(ceil(size_of(image) / 1024) for image in images)


def _file_item() -> Item:
    file = new_file(
        owner=OWNER,
        filename="requests-2026-11-27.jsonl",
        purpose="batch",
        size=4_000_000,
        seconds=2_592_000,
        now=1_795_000_000,
    )
    put = put_file(Table("", cast("Any", None)), file).operation["Put"]
    return {**put["Item"], "crc64nvme": s("AAAAAAAAAAA=")}


FILE_ITEM = _file_item()
MARKER_ITEM = {
    "owner": s(OWNER),
    "id": s(f"released#{FILE_ITEM['id']['S']}"),
    "expires_at": n(1_795_000_000),
}

FILE_UNITS = units_of(FILE_ITEM)
MARKER_UNITS = units_of(MARKER_ITEM)
USAGE_UNITS = 2
"""Of the `usage` item, which is in no index."""


def create_units(files: int = 1) -> int:
    """Tell the units of a transaction that shows so many files."""
    return FILE_UNITS * files + USAGE_UNITS


def release_units(files: int = 1) -> int:
    """Tell the units of a transaction that gives back the bytes of so many files."""
    return MARKER_UNITS * files + USAGE_UNITS


def refused_units(items: int) -> int:
    """Tell the units of a transaction that was cancelled: of each item as it is, at least one.

    That is for a refused condition. AWS does not tell it for a conflict: a guess.
    """
    return 2 * items
