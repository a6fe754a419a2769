"""Lists of the API, page after page."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from larder.api.answers import ask
from larder.api.calls import Api, Call
from larder.api.http import with_query
from larder.errors import NotUnderstoodError

# With 10 000 entries a page more than any owner has; stops a list without an end.
_MOST_PAGES = 10_000


def entries(
    api: Api,
    path: str,
    read: Callable[..., Mapping[str, Any]],
    *,
    limit: int | None = None,
    **query: str | None,
) -> Iterator[Any]:
    """The entries of all pages, at most `limit`; `read` reads a page of at most so many.

    Raises NotUnderstoodError when a page leads back to one before it, and after 10 000 pages.
    """
    begun: set[str | None] = set()
    after: str | None = None
    while limit is None or limit > 0:
        if after in begun or len(begun) >= _MOST_PAGES:
            what = path.strip("/")
            raise NotUnderstoodError(f"{api.base_url} is no Larder: its list of {what} has no end")
        begun.add(after)
        page_size = None if limit is None else min(limit, 10_000)
        url = with_query(path, **query, limit=page_size, after=after)
        page = ask(api, Call("GET", url), partial(read, most=page_size))
        yield from page["data"]
        if not page["has_more"]:
            return
        after = page["last_id"]
        limit = None if limit is None else limit - len(page["data"])
