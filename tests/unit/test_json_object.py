"""JSON objects as clients write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.json_object import json_object


def test_reads_an_object() -> None:
    assert json_object(b'{"seconds": 3600, "of": ["\xc3\xbc", null]}') == {
        "seconds": 3600,
        "of": ["ü", None],
    }


@pytest.mark.parametrize("number", ["3600.0", "3.6e3", "36000e-1", "3600"])
def test_a_number_without_a_fraction_is_an_int(number: str) -> None:
    read = json_object(f'{{"seconds": {number}}}')
    assert read is not None
    assert (read["seconds"], type(read["seconds"])) == (3600, int)


@pytest.mark.parametrize("number", ["3600.5", "1e999", "NaN", "-Infinity"])
def test_any_other_number_is_a_float(number: str) -> None:
    read = json_object(f'{{"seconds": {number}}}')
    assert read is not None
    assert isinstance(read["seconds"], float)


@pytest.mark.parametrize("raw", ["", "{", "3600", "[]", "null", '"x"', "[" * 8000, "9" * 8000])
def test_what_is_no_object_is_none(raw: str) -> None:
    assert json_object(raw) is None


@given(st.binary())
def test_any_bytes_are_an_object_or_none(raw: bytes) -> None:
    assert json_object(raw) is None or json_object(raw) == json_object(raw)
