"""Pages: joined, they are the whole list; what a list asks for is checked by name."""

import itertools
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.responses import listed
from lambdas.core import ids, pages
from lambdas.core.callers import Caller
from lambdas.core.errors import InvalidRequest
from lambdas.core.file import File, render
from lambdas.core.files import list_files
from lambdas.core.ids import FILE
from lambdas.core.pages import (
    Entries,
    Page,
    PageRequest,
    fill,
    page_request,
    size_when_escaped,
)
from lambdas.core.quota import Allowance
from tests.bed.gateway import LARGEST_LAMBDA_PAYLOAD
from tests.bed.memory import MemoryFiles
from tests.bed.stock import files_of

ALICE = Caller("alice")
SINCE = 1_700_000_000
# A page takes the three of them, four of one it does not.
THIRDS = (pages.LARGEST_PAGE // 3, pages.LARGEST_PAGE // 3 + 1, pages.LARGEST_PAGE + 1)
NO_QUOTA = Allowance(bytes=2**62, files=2**62, uploads=0)

# Each file lives on, or has expired when it is listed.
lives_on = st.lists(st.booleans(), max_size=60)
limits = st.integers(1, 12)
orders = st.booleans()


def store_of(lives: list[bool], *, every: float = 1.0) -> tuple[MemoryFiles, list[str], float]:
    """A store of files, the ids of those that live on, and a moment when the others do not."""
    store = MemoryFiles()
    now = float(SINCE + 3600 + len(lives))
    files: list[File] = []
    for number, lives_on in enumerate(lives):
        since, seconds = SINCE + number * every, 2_592_000 if lives_on else 3600
        files += files_of("alice", 1, since=since, seconds=seconds)
    for file in files:
        store.add(file, NO_QUOTA, None)
    return store, sorted(file.id for file in files if file.expires_at > now), now


def walk(store: MemoryFiles, limit: int, *, descending: bool, now: float) -> list[list[str]]:
    """The ids of every page, as the SDKs' auto-paging asks for them."""
    found: list[list[str]] = []
    after = None
    while True:
        request = PageRequest(limit, descending, after)
        page = list_files(ALICE, request, None, files=store, now=now)
        found.append([identifier for identifier, _ in page.entries])
        if not page.has_more:
            return found
        after = page.entries[-1][0]


@given(lives_on, limits, orders)
def test_pages_joined_are_the_whole_list(lives: list[bool], limit: int, descending: bool) -> None:
    store, whole, now = store_of(lives)
    found = walk(store, limit, descending=descending, now=now)
    joined = [identifier for page in found for identifier in page]
    assert joined == (whole[::-1] if descending else whole)


@given(lives_on, limits, orders)
def test_pages_joined_are_the_whole_list_within_one_second(
    lives: list[bool], limit: int, descending: bool
) -> None:
    store, whole, now = store_of(lives, every=0.0)
    found = walk(store, limit, descending=descending, now=now)
    joined = [identifier for page in found for identifier in page]
    assert joined == (whole[::-1] if descending else whole)


@given(lives_on, limits, orders)
def test_every_page_but_the_last_is_full(lives: list[bool], limit: int, descending: bool) -> None:
    store, _, now = store_of(lives)
    *full, last = walk(store, limit, descending=descending, now=now)
    assert all(len(page) == limit for page in full)
    assert len(last) <= limit


@given(lives_on, limits, orders)
def test_a_page_is_never_empty_while_more_follow(
    lives: list[bool], limit: int, descending: bool
) -> None:
    store, whole, now = store_of(lives)
    found = walk(store, limit, descending=descending, now=now)
    assert all(found) or found == [[]] == [whole]


@given(lives_on, limits, orders, st.data())
def test_a_page_begins_behind_an_id_that_is_gone(
    lives: list[bool], limit: int, descending: bool, data: st.DataObject
) -> None:
    store, whole, now = store_of(lives)
    moment = data.draw(st.integers(0, len(lives)))
    gone = ids.new_id(FILE, SINCE + moment)
    request = PageRequest(limit, descending, gone)
    page = list_files(ALICE, request, None, files=store, now=now)
    ahead = [identifier for identifier in whole if (identifier < gone) == descending]
    expected = (ahead[::-1] if descending else ahead)[:limit]
    assert [identifier for identifier, _ in page.entries] == expected


@pytest.mark.parametrize("descending", [True, False], ids=["desc", "asc"])
@pytest.mark.parametrize("limit", [1, 2, 999, 10_000])
def test_25_000_files_are_listed_whole(limit: int, descending: bool) -> None:
    store = MemoryFiles()
    for file in files_of("alice", 25_000, since=SINCE, every=0.01):
        store.add(file, NO_QUOTA, None)
    found = walk(store, limit, descending=descending, now=SINCE)
    joined = [identifier for page in found for identifier in page]
    assert len(set(joined)) == len(joined) == 25_000
    assert joined == sorted(joined, reverse=descending)


def entries_of(*sizes: int) -> list[tuple[str, str]]:
    """Entries whose rendered answers have so many bytes when escaped."""
    return [(f"id-{number}", "x" * (size - 1)) for number, size in enumerate(sizes)]


def one_by_one(entries: Entries) -> Iterator[Entries]:
    return ([entry] for entry in entries)


@st.composite
def some_at_a_time(draw: st.DrawFn, entries: Entries) -> list[Entries]:
    """Entries as a store may find them: any number at a time, also none."""
    ends = sorted(draw(st.lists(st.integers(0, len(entries)), max_size=5)))
    pairs = itertools.pairwise([0, *ends, len(entries)])
    return [entries[begin:end] for begin, end in pairs]


@given(st.data(), st.lists(st.sampled_from([2, *THIRDS]), max_size=9), limits)
def test_a_page_is_the_same_however_many_are_found_at_a_time(
    data: st.DataObject, sizes: list[int], limit: int
) -> None:
    found = entries_of(*sizes)
    fitting = [
        count
        for count in range(min(len(found), limit) + 1)
        if count < 2 or sum(sizes[:count]) <= pages.LARGEST_PAGE
    ]
    expected = Page(found[: fitting[-1]], has_more=fitting[-1] < len(found))
    assert fill(data.draw(some_at_a_time(found)), limit) == expected


def test_a_page_ends_before_it_is_too_large_to_answer() -> None:
    third = pages.LARGEST_PAGE // 3
    found = entries_of(third, third, third, 2, third)
    page = fill(one_by_one(found), 10_000)
    assert page == Page(found[:3], has_more=True)


def test_a_page_of_the_largest_size_is_whole() -> None:
    half = pages.LARGEST_PAGE // 2
    found = entries_of(half, half)
    assert fill([found], 10_000) == Page(found, has_more=False)


def test_a_page_has_an_entry_however_large_it_is() -> None:
    found = entries_of(pages.LARGEST_PAGE + 1, 1)
    assert fill([found], 10_000) == Page(found[:1], has_more=True)


@pytest.mark.parametrize(
    "filename",
    ["é" * 127, "\U0001f600" * 63, "\\" * 255, '"' * 255, "a"],
    ids=["accents", "emoji", "backslashes", "quotes", "short"],
)
def test_the_largest_page_fits_into_lambda_s_answer(filename: str) -> None:
    rendered = render({"id": "file-" + "0" * 26, "bytes": 10**9, "filename": filename})
    count = 2 * pages.LARGEST_PAGE // len(rendered)
    page = fill([[(str(number), rendered) for number in range(count)]], count)
    assert page.has_more
    answer = listed(page).to_lambda({"x-request-id": "0" * 36})
    assert len(json.dumps(answer)) <= LARGEST_LAMBDA_PAYLOAD


@given(st.dictionaries(st.text(), st.text()))
def test_the_size_of_an_entry_is_counted_as_it_is_escaped(answer: dict[str, str]) -> None:
    rendered = render(answer)
    quotes, comma = 2, 1
    each = len(json.dumps(rendered)) - quotes + comma
    assert size_when_escaped([("id", rendered)] * 3) == 3 * each


def test_without_parameters_the_largest_page_of_the_newest_is_asked_for() -> None:
    assert page_request(FILE) == PageRequest(limit=10_000, descending=True, after=None)


def test_every_parameter_is_read() -> None:
    after = ids.new_id(FILE, SINCE)
    page = page_request(FILE, limit="20", order="asc", after=after)
    assert page == PageRequest(limit=20, descending=False, after=after)


@given(st.integers(1, 10_000))
def test_every_limit_within_the_bounds_is_taken(limit: int) -> None:
    assert page_request(FILE, limit=str(limit)).limit == limit


@pytest.mark.parametrize(
    "limit", ["0", "-1", "10001", "1.0", "1e3", " 1", "+1", "1_0", "٣", "ten", "9" * 5000]
)
def test_every_other_limit_is_refused_naming_the_bounds(limit: str) -> None:
    with pytest.raises(InvalidRequest, match="1 to 10000") as raised:
        page_request(FILE, limit=limit)
    assert raised.value.param == "limit"


@pytest.mark.parametrize("order", ["ASC", "descending", "created_at", "-1"])
def test_every_other_order_is_refused_naming_both(order: str) -> None:
    with pytest.raises(InvalidRequest, match="'asc', 'desc'") as raised:
        page_request(FILE, order=order)
    assert raised.value.param == "order"


@pytest.mark.parametrize("after", ["file-abc", "upload_" + "0" * 26, "file-" + "0" * 27, "~"])
def test_an_after_that_is_no_file_id_is_refused(after: str) -> None:
    with pytest.raises(InvalidRequest, match="'file-…'") as raised:
        page_request(FILE, after=after)
    assert raised.value.param == "after"
