"""Why DynamoDB has cancelled a transaction: a reason for each of its steps.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.core.errors import CatalogFull
from lambdas.stores.catalog.reading import damaged

if TYPE_CHECKING:
    from lambdas.stores.catalog.table import Step

_CONFLICTS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_FULL = "ItemCollectionSizeLimitExceeded"


def was_done_before(reasons: Sequence[Mapping[str, Any]], steps: "Sequence[Step]") -> bool:
    """Raise what a refused condition means; return False when there were only conflicts.

    Raises CatalogFull when an owner's items have no room for one of the writes.
    """
    for reason, step in zip(reasons, steps, strict=False):
        if reason.get("Code") == "ConditionalCheckFailed":
            if (error := step.refused(reason.get("Item"))) is not None:
                raise error
            return True
        if reason.get("Code") == "ValidationError":  # an attribute of the wrong type
            raise damaged(*step.names)
    codes = {str(reason.get("Code")) for reason in reasons}
    if _FULL in codes:
        raise CatalogFull
    if not codes & _CONFLICTS:
        raise AssertionError(f"a transaction was cancelled: {sorted(codes)}")
    return False
