"""Sizes and durations as people write them."""

import pytest

from larder.values import format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("4096", 4096), ("10GiB", 10 * 2**30), ("1.5 mib", 3 * 2**19), ("7B", 7)],
)
def test_a_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "10GB", "-1", "1e9", "1,5MiB", "\N{ARABIC-INDIC DIGIT ONE}GiB"]
)
def test_what_is_no_size_names_the_units(text: str) -> None:
    with pytest.raises(ValueError, match="KiB, MiB, GiB, TiB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3600", 3600), ("90s", 90), ("5m", 300), ("12h", 43200), ("7d", 604800), ("2 W", 1209600)],
)
def test_a_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "-7d", "7y", "1.5d", "7d12h"])
def test_what_is_no_duration_names_the_units(text: str) -> None:
    with pytest.raises(ValueError, match="s, m, h, d or w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (209715200, "200.0 MiB"), (2**41, "2.0 TiB")],
)
def test_a_size_as_a_person_reads_it(size: int, text: str) -> None:
    assert format_size(size) == text
