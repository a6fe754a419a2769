"""Pages of a few files: filtered, tied, expired and in any number, as the rule of pages says."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.core import ids
from lambdas.core.pages import PageRequest
from lambdas.stores.catalog.files import FileItems
from lambdas.stores.catalog.table import Table
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.gateway import LARGEST_LAMBDA_PAYLOAD
from tests.bed.stock import files_of

DAY = 86_400
PURPOSES = ("batch", "fine-tune", "batch-output")


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_filter_keeps_only_its_purpose(bed: Bed, purpose: str, order: Any) -> None:
    since = bed.clock.now - 300
    mixed = [
        file
        for number, its_purpose in enumerate(PURPOSES * 30)
        for file in files_of("alice", 1, since=since + number, purpose=its_purpose)
    ]
    bed.stock(mixed)
    expected = [file.id for file in mixed if file.purpose == purpose]
    alice = bed.client_of("alice", strict=purpose != "batch-output")
    files = alice.files.list(purpose=purpose, limit=7, order=order)
    assert [file.id for file in files] == (expected if order == "asc" else expected[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 7, 10_000])
def test_ties_within_a_millisecond_are_listed_once(bed: Bed, limit: int, order: Any) -> None:
    tied = bed.stock(files_of("alice", 40, since=bed.clock.now - 300, every=0.0))
    found = [file.id for file in bed.client_of("alice").files.list(limit=limit, order=order)]
    assert found == sorted(tied, reverse=order == "desc")


@pytest.mark.slow
def test_a_page_that_would_pass_six_megabytes_ends_early(bed: Bed) -> None:
    longest = "é" * 127  # each is `\u00e9`, and its backslash is escaped once more
    whole = bed.stock(files_of("alice", 5500, since=bed.clock.now - 600, filename=longest))
    answer = bed.http_of("alice").get("/files")
    page = answer.json()
    assert page["has_more"] is True
    assert LARGEST_LAMBDA_PAYLOAD / 2 < len(answer.content) < LARGEST_LAMBDA_PAYLOAD
    found = [file["id"] for file in page["data"]]
    rest = bed.client_of("alice").files.list(after=found[-1])
    assert found + [file.id for file in rest] == whole[::-1]


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
    found = itertools.chain.from_iterable(
        store.page(owner, purpose, PageRequest(limit, descending, after), now)
    )
    beyond = [one for one in expected if after is None or (one < after) == descending]
    assert [identifier for identifier, _ in found] == (beyond[::-1] if descending else beyond)
