"""Ids: their form, their order, and what can be read from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core import ids

# From 2020 to 2100, as API Gateway tells time.
milliseconds = st.integers(1_577_836_800_000, 4_102_444_800_000)
prefixes = st.sampled_from([ids.FILE, ids.UPLOAD, ids.PART])

EXAMPLE = "file-01aryz6s41tsv4rrffq69g5fav"


@given(prefixes, milliseconds)
def test_a_new_id_has_the_form_of_its_prefix(prefix: str, moment: int) -> None:
    assert ids.is_id(prefix, ids.new_id(prefix, moment / 1000))


@given(milliseconds)
def test_created_at_is_the_second_in_which_an_id_was_made(moment: int) -> None:
    assert ids.created_at(ids.new_id(ids.FILE, moment / 1000)) == moment // 1000


@given(milliseconds, milliseconds)
def test_ids_sort_by_the_millisecond_of_their_making(one: int, other: int) -> None:
    first, second = (ids.new_id(ids.FILE, moment / 1000) for moment in (one, other))
    assert one == other or (first < second) == (one < other)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({ids.new_id(ids.FILE, 1_700_000_000) for _ in range(10_000)}) == 10_000


def test_the_time_is_written_as_the_ulid_specification_has_it() -> None:
    assert ids.new_id(ids.FILE, 1_469_918_176.385)[:15] == EXAMPLE[:15]
    assert ids.created_at(EXAMPLE) == 1_469_918_176


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file-",
        "file-abc123",
        EXAMPLE[:-1],
        f"{EXAMPLE}0",
        f"{EXAMPLE}\n",
        f" {EXAMPLE}",
        EXAMPLE.upper(),
        EXAMPLE.replace("file-", "upload_"),
        EXAMPLE.replace("file-", "file_"),
        EXAMPLE.replace("file-", ""),
        EXAMPLE.replace("file-0", "file-8"),
        *(EXAMPLE.replace("s", letter) for letter in "ilou-ß٣"),
    ],
)
def test_what_has_another_form_is_no_file_id(text: str) -> None:
    assert not ids.is_id(ids.FILE, text)


@given(st.text())
def test_any_text_may_be_asked_about(text: str) -> None:
    assert ids.is_id(ids.FILE, f"file-{text}") == (
        len(text) == 26 and text[0] in "01234567" and set(text) <= set(ids.ALPHABET)
    )
