"""Pages of thousands of files: joined they are the whole list, whatever the limit.

The files are made once and only read. 25 000 are listed in `tests/unit/test_pages.py`, by the
same rules on a store that is fast enough.
"""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from tests.bed.bed import Bed, made_bed
from tests.bed.stock import files_of

DAY = 86_400


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
    """The ids of alice's 2000 files, ten a second, oldest first."""
    return bed.stock(files_of("alice", 2000, since=bed.clock.now - 300, every=0.1))


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
@pytest.mark.parametrize("start", [0, 1000, 1990])
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
    assert (page["data"], page["has_more"], page["first_id"]) == ([], False, "")


@pytest.fixture(scope="module")
def hidden(bed: Bed) -> list[str]:
    """The ids of 20 files, of dora's, between which 1000 have expired."""
    since = bed.clock.now - 2 * 3600
    first = bed.stock(files_of("dora", 10, since=since, every=0.01))
    bed.stock(files_of("dora", 1000, since=since + 1, every=0.01, seconds=3600))
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
