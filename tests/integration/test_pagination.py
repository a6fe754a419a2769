"""Pages of a few thousand files: joined they are the whole list, whatever the limit.

The files are made once and only read. 25 000 are listed in `tests/unit/test_pages.py`, by the
same rules on a store that is fast enough.
"""

import itertools
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.core import ids
from lambdas.core.pages import PageRequest
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from tests.bed.bed import Bed, made_bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.gateway import LARGEST_LAMBDA_PAYLOAD
from tests.bed.stock import files_of

DAY = 86_400
PURPOSES = ("batch", "fine-tune", "batch-output")


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    """One deployment for the module, a day old."""
    with made_bed(time.time()) as bed:
        bed.clock.move(seconds=DAY)
        yield bed


@pytest.fixture(scope="module")
def alice(bed: Bed) -> openai.OpenAI:
    return bed.client_of("alice")


@pytest.fixture(scope="module")
def many(bed: Bed) -> list[str]:
    """The ids of alice's 2500 files, ten a second, oldest first."""
    return bed.stock(files_of("alice", 2500, since=bed.clock.now - 300, every=0.1))


def get(http: httpx2.Client, **params: Any) -> dict[str, Any]:
    answer = http.get("/files", params=params)
    assert answer.status_code == 200
    page: dict[str, Any] = answer.json()
    return page


def ids_of(page: dict[str, Any]) -> list[str]:
    return [file["id"] for file in page["data"]]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [999, 10_000])
def test_the_sdk_pages_through_the_whole_list(
    alice: openai.OpenAI, many: list[str], limit: int, order: Any
) -> None:
    found = [file.id for file in alice.files.list(limit=limit, order=order)]
    assert found == (many if order == "asc" else many[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("start", [0, 1250, 2490])
def test_small_pages_follow_one_another(
    bed: Bed, many: list[str], limit: int, order: str, start: int
) -> None:
    whole = many if order == "asc" else many[::-1]
    http = bed.http_of("alice")
    after = {"after": whole[start - 1]} if start else {}
    found: list[str] = []
    for _ in range(6):
        page = get(http, limit=limit, order=order, **after)
        found += ids_of(page)
        after = {"after": page["last_id"]}
    assert found == whole[start : start + 6 * limit]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_last_page_knows_that_it_is_the_last(bed: Bed, many: list[str], order: str) -> None:
    whole = many if order == "asc" else many[::-1]
    http = bed.http_of("alice")
    assert get(http, limit=2, order=order, after=whole[-4])["has_more"] is True
    assert get(http, limit=2, order=order, after=whole[-3])["has_more"] is False


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_behind_the_last_file_there_is_nothing(bed: Bed, many: list[str], order: str) -> None:
    last = many[-1] if order == "asc" else many[0]
    page = get(bed.http_of("alice"), order=order, after=last)
    assert (page["data"], page["has_more"], page["first_id"]) == ([], False, None)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_filter_keeps_only_its_purpose(bed: Bed, purpose: str, order: Any) -> None:
    owner = f"mixed-{purpose}-{order}"
    since = bed.clock.now - 300
    mixed = [
        file
        for number, its_purpose in enumerate(PURPOSES * 30)
        for file in files_of(owner, 1, since=since + number, purpose=its_purpose)
    ]
    bed.stock(mixed)
    expected = [file.id for file in mixed if file.purpose == purpose]
    files = bed.client_of(owner).files.list(purpose=purpose, limit=7, order=order)
    assert [file.id for file in files] == (expected if order == "asc" else expected[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 7, 10_000])
def test_ties_within_a_millisecond_are_listed_once(bed: Bed, limit: int, order: Any) -> None:
    owner = f"tied-{limit}-{order}"
    tied = bed.stock(files_of(owner, 40, since=bed.clock.now - 300, every=0.0))
    found = [file.id for file in bed.client_of(owner).files.list(limit=limit, order=order)]
    assert found == sorted(tied, reverse=order == "desc")


@pytest.fixture(scope="module")
def hidden(bed: Bed) -> list[str]:
    """The ids of 20 files, of dora's, between which 1500 have expired."""
    since = bed.clock.now - 2 * 3600
    first = bed.stock(files_of("dora", 10, since=since, every=0.01))
    bed.stock(files_of("dora", 1500, since=since + 1, every=0.01, seconds=3600))
    return first + bed.stock(files_of("dora", 10, since=since + 60, every=0.01))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 3, 999])
def test_expired_files_in_the_middle_are_passed_over(
    bed: Bed, hidden: list[str], limit: int, order: Any
) -> None:
    found = [file.id for file in bed.client_of("dora").files.list(limit=limit, order=order)]
    assert found == (hidden if order == "asc" else hidden[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_no_page_is_empty_while_more_follow(bed: Bed, hidden: list[str], order: str) -> None:
    http = bed.http_of("dora")
    page = get(http, limit=2, order=order)
    while page["has_more"]:
        assert len(page["data"]) == 2
        page = get(http, limit=2, order=order, after=page["last_id"])


def test_thousands_of_expired_files_cost_few_calls(bed: Bed, hidden: list[str]) -> None:
    before = len(bed.wire.calls)
    get(bed.http_of("dora"), limit=1, order="asc", after=hidden[9])
    queries = [call for call in bed.wire.calls[before:] if call.operation == "Query"]
    assert len(queries) <= 11


def test_a_page_that_would_pass_six_megabytes_ends_early(bed: Bed) -> None:
    longest = "é" * 127  # each is `\u00e9`, and its backslash is escaped once more
    bed.stock(files_of("long", 6000, since=bed.clock.now - 600, every=0.1, filename=longest))
    http = bed.http_of("long")
    first = http.get("/files")
    page = first.json()
    assert page["has_more"] is True
    assert LARGEST_LAMBDA_PAYLOAD / 2 < len(first.content) < LARGEST_LAMBDA_PAYLOAD
    rest = get(http, after=page["last_id"])
    assert rest["has_more"] is False
    assert len({*ids_of(page), *ids_of(rest)}) == len(page["data"]) + len(rest["data"]) == 6000


# Each file lives on or has expired, and has a purpose.
shelves = st.lists(st.tuples(st.booleans(), st.sampled_from(PURPOSES)), max_size=12)
numbers = itertools.count()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shelves, st.none() | st.sampled_from(PURPOSES), st.integers(1, 4), st.booleans(), st.data())
def test_the_catalog_pages_as_the_rule_says(
    bed: Bed,
    files: list[tuple[bool, str]],
    purpose: str | None,
    limit: int,
    descending: bool,
    data: st.DataObject,
) -> None:
    owner = f"random-{next(numbers)}"
    now, since = bed.clock.now, bed.clock.now - 2 * 3600
    stocked = [
        file
        for number, (lives_on, its_purpose) in enumerate(files)
        for file in files_of(
            owner,
            1,
            since=since + number,
            seconds=DAY if lives_on else 3600,
            purpose=its_purpose,
        )
    ]
    bed.stock(stocked)
    expected = [
        file.id for file in stocked if file.expires_at > now and purpose in (None, file.purpose)
    ]
    place = data.draw(st.none() | st.integers(-1, len(files)))
    after = None if place is None else ids.new_id(ids.FILE, since + place + 0.5)
    store = FileItems(Table(CATALOG_TABLE, bed.session.client("dynamodb")))
    found = store.page(owner, purpose, PageRequest(limit, descending, after), now)
    beyond = [one for one in expected if after is None or (one < after) == descending]
    assert [identifier for identifier, _ in found] == (beyond[::-1] if descending else beyond)
