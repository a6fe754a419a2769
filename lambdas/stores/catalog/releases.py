"""Markers: whoever writes an id's marker gives its bytes back, so that this happens once.

Each marker has a partition of its own, `<owner>#<id>`, which is no possible owner's name. So it
uses neither the room of the owner's items, which may be full, nor their writes a second.
"""

from collections.abc import Sequence

from lambdas.core.errors import CatalogFull
from lambdas.stores.catalog.table import Step, Table, expressions, n

IS_FIRST_RELEASE = "attribute_not_exists(#id)"

# Longer than the stream delivers a record again, which is a day. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
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
    """Tell whether there is a marker as older releases wrote them, among the owner's items."""
    return table.get(owner, f"released#{identifier}") is not None


def remove(table: Table, removals: Sequence[Step], giving_back: Sequence[Step]) -> bool:
    """Remove items and give back what they held, all or nothing; tell whether that was given back.

    When an owner's items are full, DynamoDB may refuse a write that makes an item longer, which a
    usage becomes when 1000 in it changes to 999. Then only the items are removed; the reaper gets
    them from the stream and gives their bytes back.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    try:
        table.transact(*removals, *giving_back)
    except CatalogFull:
        table.transact(*removals)
        return False
    return True
