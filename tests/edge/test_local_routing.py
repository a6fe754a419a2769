"""This machine sends each request where CloudFront does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.edge import API, FRONT_DOOR
from infra.local.routing import goes_to_front_door
from tests.edge.function import CASES, INLINE_BYTES, Case, choose

METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "post", "get"])
SEGMENTS = st.sampled_from(
    ["v1", "files", "uploads", "parts", "content", "file-abc", "upload_abc", "", ".", "..", "%2F"]
)
LIKELY = ["/v1/files", "/v1/files/a/content", "/v1/uploads/a/parts"]
PATHS = st.lists(SEGMENTS, max_size=6).map(lambda path: "/" + "/".join(path)) | st.builds(
    "{}{}".format, st.sampled_from(LIKELY), st.sampled_from(["", "/", "//", "?", "x", "\n"])
)
LENGTHS = (
    st.integers(-1, 2 * INLINE_BYTES).map(str)
    | st.integers(INLINE_BYTES - 1, INLINE_BYTES + 1).map(str)
    | st.text("0123456789 ,+-.ex_\u0665\u00b2", max_size=18)
)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["Content-Length", "content-length"]), LENGTHS)
    | st.tuples(st.sampled_from(["Transfer-Encoding", "transfer-encoding"]), st.just("chunked"))
    | st.tuples(st.just("X-Content-Length"), LENGTHS),
    max_size=3,
).map(tuple)
REQUESTS = st.builds(Case, METHODS, PATHS, HEADERS, st.just(""))


def chosen(case: Case) -> str:
    is_for_front_door = goes_to_front_door(case.method, case.path, case.headers, INLINE_BYTES)
    return FRONT_DOOR if is_for_front_door else API


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_goes_where_the_table_says(case: Case) -> None:
    assert chosen(case) == case.to


@settings(max_examples=10, deadline=None)
@given(st.lists(REQUESTS, min_size=100, max_size=200))
def test_any_request_goes_where_cloudfront_sends_it(cases: list[Case]) -> None:
    assert [chosen(case) for case in cases] == choose(cases)
