"""Pages: what a list asks for, and how one is filled.

https://platform.openai.com/docs/api-reference/files/list
"""

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Page:
    """A page's entries, each an id and its rendered answer, and whether more follow."""

    entries: list[tuple[str, str]]
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


def fill(found: Iterator[tuple[str, str]], limit: int) -> Page:
    """Take entries until the page is full by count or by size.

    `found` may be endless: one entry beyond the page is read to know whether more follow, so a
    page is never empty while more is true (the SDKs stop at an empty page).
    """
    entries: list[tuple[str, str]] = []
    size = 0
    for identifier, rendered in found:
        size += size_when_escaped(rendered)
        if len(entries) == limit or (entries and size > LARGEST_PAGE):
            return Page(entries, has_more=True)
        entries.append((identifier, rendered))
    return Page(entries, has_more=False)


def size_when_escaped(rendered: str) -> int:
    """Return the bytes that ASCII JSON takes inside a JSON string, with a comma behind it."""
    return len(rendered) + rendered.count('"') + rendered.count("\\") + 1
