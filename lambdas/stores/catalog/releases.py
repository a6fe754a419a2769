"""Markers: the bytes of an id are given back once, by whoever writes its marker.

Each marker has a partition of its own, `<owner>#<id>`, which no owner can be named: so it needs no
room among its owner's items, which may be full, and no part of what they may be written a second.
"""

from collections.abc import Sequence

from lambdas.core.errors import CatalogFull
from lambdas.stores.catalog.table import Step, Table, expressions, n

IS_FIRST_RELEASE = "attribute_not_exists(#id)"

# The stream keeps a record for a day and delivers it again until it is taken; a marker outlives
# that by far. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
MARKER_SECONDS = 7 * 86_400


class ReleasedBefore(Exception):
    """The bytes of this id were given back before, by whoever came first."""


def released(table: Table, owner: str, identifier: str, now: float) -> Step:
    """Make the step that marks an id's bytes as given back; refused, it raises ReleasedBefore."""
    return table.put(
        {
            **table.key(f"{owner}#{identifier}", f"released#{identifier}"),
            "expires_at": n(now + MARKER_SECONDS),
        },
        lambda _: ReleasedBefore(),
        **expressions({}, ConditionExpression=IS_FIRST_RELEASE),
    )


def was_released_among_items(table: Table, owner: str, identifier: str) -> bool:
    """Tell whether a marker lies where they all did before they had partitions of their own."""
    return table.get(owner, f"released#{identifier}") is not None


def remove(table: Table, removals: Sequence[Step], giving_back: Sequence[Step]) -> bool:
    """Remove items and give back what they held, all or nothing; tell whether that was given back.

    Where an owner's items are full, a write may be refused that makes one of them longer, and a
    usage is when a 1000 in it becomes 999. Then the items alone are removed, and the stream tells
    the reaper, who gives back.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    try:
        table.transact(*removals, *giving_back)
    except CatalogFull:
        table.transact(*removals)
        return False
    return True
