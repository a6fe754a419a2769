"""Pages: what a list asks for, and how one is filled.

https://platform.openai.com/docs/api-reference/files/list
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lambdas.core import ids
from lambdas.core.errors import InvalidRequest

LARGEST_LIMIT = 10_000
ORDERS = ("asc", "desc")

# Lambda's answer may have 6 MB, counted after it was escaped into JSON once more.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_PAGE = 5_500_000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list: at most `limit` entries beyond the id `after`."""

    limit: int = LARGEST_LIMIT
    descending: bool = True
    after: str | None = None


Entries = list[tuple[str, str]]
"""Entries of a list, each an id and its rendered answer."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page's entries, and whether more follow."""

    entries: Entries
    has_more: bool


def page_request(
    prefix: str, *, limit: str | None = None, order: str | None = None, after: str | None = None
) -> PageRequest:
    """Read a list's parameters for ids of this prefix; raises InvalidRequest naming the bad one.

    `after` is a position: it works even when what it names is deleted.
    """
    if limit is not None and not (
        limit.isascii() and limit.isdigit() and len(limit) < 9 and 1 <= int(limit) <= LARGEST_LIMIT
    ):
        raise InvalidRequest(
            f"Invalid 'limit'. Allowed: an integer from 1 to {LARGEST_LIMIT}.", param="limit"
        )
    if order is not None and order not in ORDERS:
        raise InvalidRequest("Invalid 'order'. Allowed: 'asc', 'desc'.", param="order")
    if after is not None and not ids.is_id(prefix, after):
        raise InvalidRequest(
            f"Invalid 'after'. Allowed: the id of an earlier page's last entry, '{prefix}…'.",
            param="after",
        )
    return PageRequest(int(limit) if limit else LARGEST_LIMIT, order != "asc", after)


def fill(found: Iterable[Entries], limit: int) -> Page:
    """Take entries, some at a time as they are found, until the page is full by count or by size.

    `found` may be endless: entries beyond the page are read to know whether more follow, so a page
    is never empty while more is true (the SDKs stop at an empty page). Each entry by itself is
    looked at only where the page ends by size: ten thousand calls would take 7 ms.
    """
    entries: Entries = []
    size = 0
    for some in found:
        fitting = some[: limit - len(entries)]
        size += size_when_escaped(fitting)
        entries += fitting
        if size > LARGEST_PAGE and len(entries) > 1:
            return Page(_cut(entries, size), has_more=True)
        if len(fitting) < len(some):
            return Page(entries, has_more=True)
    return Page(entries, has_more=False)


def _cut(entries: Entries, size: int) -> Entries:
    """Take entries from the end until what remains is not too large to answer, or is one."""
    end = len(entries)
    while size > LARGEST_PAGE and end > 1:
        end -= 1
        size -= size_when_escaped(entries[end : end + 1])
    return entries[:end]


def size_when_escaped(entries: Entries) -> int:
    """Return the bytes that their answers and commas take inside a JSON string of ASCII."""
    text = ",".join([rendered for _, rendered in entries])
    return len(text) + text.count('"') + text.count("\\") + bool(entries)
