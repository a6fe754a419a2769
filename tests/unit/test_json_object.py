"""JSON objects as clients write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.json_object import json_object


def test_reads_an_object() -> None:
    assert json_object(b'{"seconds": 3600, "of": ["\xc3\xbc", null]}') == {
        "seconds": 3600,
        "of": ["ü", None],
    }


def test_a_byte_order_mark_says_nothing() -> None:
    assert json_object(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("number", ["3600.0", "3.6e3", "36000e-1", "3600", "3600." + "0" * 200])
def test_a_number_without_a_fraction_is_an_int(number: str) -> None:
    read = json_object(f'{{"seconds": {number}}}')
    assert (read["seconds"], type(read["seconds"])) == (3600, int)


@pytest.mark.parametrize("number", ["3600.5", "-0.1", "1e-4001", "1e300", "-1.2e101"])
def test_any_other_number_is_as_near_as_a_float_is(number: str) -> None:
    assert json_object(f'{{"seconds": {number}}}')["seconds"] == float(number)


@pytest.mark.parametrize("number", ["1e999", "-1e309", "NaN", "-Infinity", "9" * 101, "1" * 5000])
def test_a_number_that_nobody_means_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="number"):
        json_object(f'{{"seconds": {number}}}')


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff", "not JSON in UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not JSON in UTF-8"),
        ("3600", "something else"),
        ("[]", "something else"),
        ("null", "something else"),
        ('"x"', "something else"),
        ("[" * 8000, "deeper than 16"),
        ('{"a":' + "[" * 16 + "]" * 16 + "}", "deeper than 16"),
        ('{"a":' * 17 + "1" + "}" * 17, "deeper than 16"),
        ('{"a": 1, "b": 2, "a": 1}', "'a' twice"),
        ('{"b": {"ü": 1, "ü": 1}}', r"'\\xfc' twice"),
        (r'{"a": ["\ud800"]}', "'a' has a character that UTF-8 has not"),
        (r'{"\udc00": 1}', r"'\\udc00' has a character that UTF-8 has not"),
    ],
    ids=range(15),
)
def test_anything_else_is_refused_with_the_reason(raw: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        json_object(raw)


@pytest.mark.parametrize("inside", ["[" * 15 + "]" * 15, '{"a":' * 15 + "1" + "}" * 15])
def test_nesting_is_read_as_deep_as_is_allowed(inside: str) -> None:
    assert "a" in json_object(f'{{"a": {inside}}}')


def test_a_surrogate_pair_is_its_character() -> None:
    assert json_object(r'{"a": "\ud83e\udd6b"}') == {"a": "🥫"}


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_an_object_or_refused(raw: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(json_object(raw), dict)
