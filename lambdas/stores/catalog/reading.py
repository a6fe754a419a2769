"""Reading items that may be damaged, since operators can edit them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lambdas.core.damage import log_damage
from lambdas.core.errors import Damaged
from lambdas.core.ids import FILE, UPLOAD


def number(item: Mapping[str, Any], name: str) -> int:
    """Read a whole number, 0 when it is missing; raises ValueError when it is something else."""
    return int(item[name].get("N", "")) if name in item else 0


def whole(item: Mapping[str, Any], name: str) -> int:
    """Read a whole number that must be there and not below zero; raises ValueError."""
    if name not in item or (value := number(item, name)) < 0:
        raise ValueError(name)
    return value


@contextmanager
def reading(owner: str, identifier: str) -> Iterator[None]:
    """Raise Damaged when an item cannot be read, be it a type, a number or JSON."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise damaged(owner, identifier) from error


def damaged(owner: str, identifier: str) -> Damaged:
    """Log that an item is damaged, and return the error that tells its owner."""
    log_damage(owner, identifier)
    if identifier.startswith(FILE):
        return Damaged(f"'{identifier}'", param="file_id")
    if identifier.startswith(UPLOAD):
        return Damaged(f"'{identifier}'", param="upload_id")
    if identifier.startswith("idempotency#"):
        return Damaged("this Idempotency-Key", param="Idempotency-Key")
    return Damaged("your usage")
