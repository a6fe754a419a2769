"""Presigned URLs never outlive what they lead to, to the second."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.callers import Caller
from lambdas.core.content import content_link
from lambdas.core.errors import FileNotFound
from lambdas.core.expiry import LONGEST, SHORTEST
from lambdas.core.file import new_file
from lambdas.core.files import get_file
from lambdas.core.quota import Allowance
from lambdas.stores.links import Links
from tests.bed.memory import MemoryFiles

CREATED = 1_900_000_000.25
lives = st.integers(SHORTEST, LONGEST)


def span(url: str) -> tuple[int, int]:
    """Return the seconds in which a URL begins and ends."""
    query = parse_qs(urlsplit(url).query)
    signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    begins = int(signed.timestamp())
    return begins, begins + int(query["X-Amz-Expires"][0])


def link_at(seconds: int, now: float) -> tuple[int, str]:
    """Create a file that lives for so many seconds; return its end and its link as of `now`."""
    files = MemoryFiles()
    file = new_file(
        owner="alice", filename="ä", purpose="batch", size=1, seconds=seconds, now=CREATED
    )
    files.add(file, Allowance(bytes=1, files=1, uploads=0), None)
    links = Links("https://bucket.example")
    found = get_file(Caller("alice"), file.id, files=files, now=now)
    return file.expires_at, content_link(found, links=links, now=now)


@given(lives, st.data())
def test_a_content_link_lives_for_15_minutes_and_never_beyond_its_file(
    seconds: int, data: st.DataObject
) -> None:
    milliseconds_left = data.draw(st.integers(1, seconds * 1000) | st.integers(1, 1_000_000))
    now = int(CREATED) + seconds - milliseconds_left / 1000
    expires_at, url = link_at(seconds, now)
    begins, ends = span(url)
    assert begins == int(now)
    assert ends == min(begins + 900, expires_at)
    assert ends > now


def test_in_the_last_second_of_a_file_its_link_lives_for_one_second() -> None:
    expires_at, url = link_at(SHORTEST, int(CREATED) + SHORTEST - 0.001)
    assert span(url) == (expires_at - 1, expires_at)


def test_from_the_second_in_which_a_file_expires_there_is_no_link() -> None:
    with pytest.raises(FileNotFound):
        link_at(SHORTEST, int(CREATED) + SHORTEST)


@given(
    st.floats(0, 2e9),
    st.integers(1, 604_800),  # the longest life: a week
)
def test_a_part_link_begins_with_its_request_and_ends_when_it_is_told(
    now: float, life: int
) -> None:
    until = int(now) + life
    url = Links("https://bucket.example").part("key", "id", 1, {"content-length": "1"}, now, until)
    assert span(url) == (int(now), until)
    assert parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"] == ["content-length;host"]
