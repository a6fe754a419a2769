"""Sizes and durations as people write them."""

import pytest

from larder.values import format_exactly, format_size, parse_count, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10GiB", 10 * 2**30),
        ("1.5 mib", 3 * 2**19),
        ("7B", 7),
        ("10GB", 10**10),
        ("1.5 kB", 1500),
        ("2mb", 2 * 10**6),
        ("1TB", 10**12),
    ],
)
def test_a_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "GiB", "10G", "10Gi", "10Gb it", "-1", "1e9", "1,5MiB", "\N{ARABIC-INDIC DIGIT ONE}GiB"],
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


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (10 * 2**30, "10.0 GiB"),
        (10**10, "9.3 GiB (10000000000 bytes)"),
        (1023, "1023 B"),
        (2**60, "1048576.0 TiB (1152921504606846976 bytes)"),
    ],
)
def test_a_size_that_is_rounded_has_its_bytes_behind_it(size: int, text: str) -> None:
    assert format_exactly(size) == text


@pytest.mark.parametrize("text", ["1048576TiB", str(2**60), "0001048576.0TiB", f"{2**50}KiB"])
def test_the_largest_size_is_an_eib(text: str) -> None:
    assert parse_size(text) == 2**60


@pytest.mark.parametrize(
    "text", [str(2**60 + 1), "1048577TiB", "9" * 39, "9" * 400, "9" * 5000, f"{'9' * 400}.5TiB"]
)
def test_a_size_beyond_it_names_the_bound(text: str) -> None:
    with pytest.raises(ValueError, match="is too large: at most 1048576TiB") as refusal:
        parse_size(text)
    assert len(str(refusal.value)) < 150


def test_a_size_is_exact_to_the_byte() -> None:
    assert parse_size(str(2**53 + 1)) == 2**53 + 1
    assert parse_size(f"1.{'9' * 5000}KiB") == 2047


@pytest.mark.parametrize("text", ["36501d", "99999999d", "9" * 400, f"{'9' * 5000}w"])
def test_a_duration_of_more_than_a_century_names_the_bound(text: str) -> None:
    with pytest.raises(ValueError, match="is out of bounds: 0s to 36500d"):
        parse_duration(text)


def test_a_duration_may_have_a_least() -> None:
    assert parse_duration("00001", least=1) == 1
    with pytest.raises(ValueError, match="is out of bounds: 1s to 36500d"):
        parse_duration("0", least=1)


@pytest.mark.parametrize("text", ["5m", "3599", "31d", "0"])
def test_a_duration_out_of_bounds_names_them_as_people_do(text: str) -> None:
    with pytest.raises(ValueError, match="is out of bounds: 1h to 30d"):
        parse_duration(text, least=3600, most=30 * 86400)


@pytest.mark.parametrize(
    "text", ["", "0", "33", "-1", "1.0", "\N{ARABIC-INDIC DIGIT ONE}", "9" * 5000]
)
def test_what_is_no_number_of_threads_names_the_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number of threads, 1 to 32"):
        parse_count(text, "threads", 32)


@pytest.mark.parametrize("size", [10**38 - 1, 10**400, -(10**400), -5])
def test_any_number_of_bytes_can_be_shown(size: int) -> None:
    assert len(format_size(size)) < 20
