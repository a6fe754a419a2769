"""The rule for a file's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.errors import InvalidRequest
from lambdas.core.filenames import MAX_FILENAME_BYTES, attachment, clean_filename


@pytest.mark.parametrize(
    "name",
    [
        "batch.jsonl",
        "  leading and trailing  ",
        "naïve Übung 日本語 🗂.jsonl",
        "e\u0301 is not \u00e9",
        'quo"ted; semi%22colon=*.jsonl',
        "...",
        ".hidden",
        "a" * 255,
        "🗂" * 63,
    ],
)
def test_keeps_a_name_exactly(name: str) -> None:
    assert clean_filename(name) == name


@pytest.mark.parametrize(
    "raw", ["/etc/x.jsonl", "a/b/x.jsonl", "../../x.jsonl", r"C:\dir\x.jsonl", r"\\host\x.jsonl"]
)
def test_keeps_only_the_basename(raw: str) -> None:
    assert clean_filename(raw) == "x.jsonl"


@pytest.mark.parametrize("raw", ["", ".", "..", "a/", "a\\", "a/..", "/", "\\."])
def test_refuses_what_names_no_file(raw: str) -> None:
    with pytest.raises(InvalidRequest, match="must name a file") as caught:
        clean_filename(raw)
    assert caught.value.param == "file"


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\ud800"])
def test_refuses_control_characters_and_lone_surrogates(character: str) -> None:
    with pytest.raises(InvalidRequest, match=f"contains U\\+{ord(character):04X}"):
        clean_filename(f"a{character}b.jsonl")


def test_refuses_a_control_character_in_the_folder_too() -> None:
    with pytest.raises(InvalidRequest, match="contains U\\+0000"):
        clean_filename("a\0b/c.jsonl")


@pytest.mark.parametrize("name", ["a" * 256, "🗂" * 64])
def test_refuses_a_name_of_more_than_255_bytes(name: str) -> None:
    with pytest.raises(InvalidRequest, match="has 256 bytes in UTF-8; at most 255"):
        clean_filename(name)


def test_counts_the_bytes_of_the_basename_alone() -> None:
    assert clean_filename("d" * 300 + "/x.jsonl") == "x.jsonl"


def test_names_the_parameter_that_it_is_told() -> None:
    with pytest.raises(InvalidRequest) as caught:
        clean_filename("", param="filename")
    assert caught.value.param == "filename"


@given(st.text(st.characters(categories=None)))
def test_any_text_is_refused_or_ends_in_what_is_returned(raw: str) -> None:
    try:
        name = clean_filename(raw)
    except InvalidRequest:
        return
    assert raw.endswith(name)
    assert 0 < len(name.encode()) <= MAX_FILENAME_BYTES
    assert clean_filename(name) == name


@pytest.mark.parametrize(
    ("filename", "plain", "encoded"),
    [
        ("batch.jsonl", "batch.jsonl", "batch.jsonl"),
        ("a b;c,d'e.txt", "a b;c,d'e.txt", "a%20b%3Bc%2Cd%27e.txt"),
        ('say "hi".txt', "say _hi_.txt", "say%20%22hi%22.txt"),
        ("größe 書.jsonl", "gr__e _.jsonl", "gr%C3%B6%C3%9Fe%20%E6%9B%B8.jsonl"),
        ("100%.txt", "100%.txt", "100%25.txt"),
        ("%41.txt", "_41.txt", "%2541.txt"),
    ],
)
def test_a_download_is_named_in_ascii_first_and_then_exactly(
    filename: str, plain: str, encoded: str
) -> None:
    expected = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    assert attachment(filename) == expected
