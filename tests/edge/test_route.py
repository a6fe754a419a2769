"""The CloudFront Function sends each request where the table says."""

import pytest

from infra.edge import API, FRONT_DOOR, route_function
from infra.stages import Limits
from tests.edge.function import CASES, INLINE_BYTES, Case, choose, chosen_in_table

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions
MOST_FUNCTION_BYTES = 10_240


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_goes_where_the_table_says(case: Case) -> None:
    assert chosen_in_table()[case] == case.to


def test_the_table_says_each_thing_once() -> None:
    assert len(set(CASES)) == len(CASES)
    assert {case.to for case in CASES} == {FRONT_DOOR, API}


def test_the_table_is_about_the_limit_that_a_stage_has_unless_it_says_so() -> None:
    assert Limits().inline_bytes == INLINE_BYTES


def test_another_limit_is_heeded() -> None:
    cases = [
        Case("POST", "/v1/files", (("Content-Length", str(length)),), "")
        for length in (100, 101, INLINE_BYTES)
    ]
    assert choose(cases, inline_bytes=100) == [API, FRONT_DOOR, FRONT_DOOR]


def test_nothing_is_left_to_be_put_in() -> None:
    assert "__" not in route_function(INLINE_BYTES)


def test_the_function_is_as_small_as_cloudfront_wants_it() -> None:
    assert len(route_function(INLINE_BYTES).encode()) <= MOST_FUNCTION_BYTES
