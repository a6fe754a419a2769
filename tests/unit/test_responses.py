"""Answers: one JSON for lists, one envelope for errors, one id on all."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.responses import Response, listed, ok, redirected, refused, without_body
from lambdas.core import errors
from lambdas.core.file import new_file, render
from lambdas.core.limits import Limits
from lambdas.core.pages import Page
from tests.bed.environment import limits_as_json

LIMITS = Limits.from_json(limits_as_json())

objects = st.dictionaries(st.text(), st.text() | st.integers() | st.none())


def test_an_answer_carries_the_request_s_id() -> None:
    assert ok("{}").to_lambda({"x-request-id": "r-1"})["headers"]["x-request-id"] == "r-1"


def test_what_two_say_that_it_varies_by_is_joined() -> None:
    varying = Response(200, "", {"vary": "Accept-Encoding"})
    assert varying.to_lambda({"vary": "Origin"})["headers"] == {"vary": "Accept-Encoding, Origin"}
    assert varying.to_lambda({})["headers"] == {"vary": "Accept-Encoding"}
    assert Response(200, "", {}).to_lambda({"vary": "Origin"})["headers"] == {"vary": "Origin"}


@pytest.mark.parametrize("body", ["{ü}", "{ü}".encode()])
def test_without_its_body_an_answer_is_the_same_and_says_how_long_it_would_be(
    body: str | bytes,
) -> None:
    assert without_body(Response(200, body, {"etag": '"a"'})) == Response(
        200, "", {"etag": '"a"', "content-length": "4"}
    )
    assert without_body(Response(304, "", {"etag": '"a"'})) == Response(304, "", {"etag": '"a"'})


@given(st.lists(objects, min_size=1, max_size=5), st.booleans())
def test_a_list_is_the_json_of_its_entries(data: list[dict[str, Any]], has_more: bool) -> None:
    page = Page([(str(at), render(entry)) for at, entry in enumerate(data)], has_more)
    assert json.loads(listed(page).body) == {
        "object": "list",
        "data": data,
        "first_id": "0",
        "last_id": str(len(data) - 1),
        "has_more": has_more,
    }


def test_an_empty_list_s_first_and_last_are_text_too() -> None:
    assert json.loads(listed(Page([], has_more=False)).body) == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


@given(st.text(), st.none() | st.text())
def test_an_error_is_told_in_the_envelope(message: str, param: str | None) -> None:
    response = refused(errors.ContentTooLarge(message, param=param))
    assert response.status == 413
    assert json.loads(response.body) == {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": param,
            "code": "content_too_large",
        }
    }


@pytest.mark.parametrize(
    "error", [errors.IdempotencyKeyReused(), errors.LarderError("Broken.")], ids=type
)
def test_the_sdks_are_told_not_to_repeat_what_cannot_succeed(error: errors.LarderError) -> None:
    assert refused(error).headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "error", [errors.IdempotencyKeyInUse(), errors.Busy(), errors.Unavailable()], ids=type
)
def test_the_sdks_may_repeat_what_passes(error: errors.LarderError) -> None:
    assert "x-should-retry" not in refused(error).headers


def test_what_the_sdks_do_not_repeat_needs_no_word() -> None:
    assert "x-should-retry" not in refused(errors.FileNotFound("file-a")).headers


@pytest.mark.parametrize("checksum", ["AAAAAAAAAAA=", None])
def test_a_redirect_tells_the_checksum_where_it_is_known(checksum: str | None) -> None:
    file = new_file(
        owner="alice",
        filename="a",
        purpose="batch",
        size=1,
        seconds=3600,
        now=1_700_000_000,
        crc64nvme=checksum,
    )
    response = redirected("https://content.example/a", file, LIMITS)
    assert response.status == 302
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-larder-bytes"] == "1"
    assert response.headers["location"] == "https://content.example/a"
    assert response.headers.get("x-larder-crc64nvme") == checksum


def test_a_redirect_says_why_to_a_client_that_does_not_follow_it() -> None:
    file = new_file(owner="a", filename="a", purpose="batch", size=1, seconds=3600, now=1.7e9)
    response = redirected("https://content.example/a", file, LIMITS)
    error = json.loads(response.body)["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["code"] == "content_elsewhere"
    assert "does not follow redirects" in error["message"]
    for way in ("follow redirects", f"GET /files/{file.id}/url", "at most 4 MiB", "Range"):
        assert way in error["message"]
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("content", [b"", bytes(range(256)), "größe".encode()])
def test_bytes_go_in_base64_and_say_so(content: bytes) -> None:
    answer = Response(200, content).to_lambda({"x-request-id": "r-1"})
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == content


def test_text_goes_as_it_is() -> None:
    answer = ok("{}").to_lambda({"x-request-id": "r-1"})
    assert (answer["isBase64Encoded"], answer["body"]) == (False, "{}")


def test_a_range_behind_the_end_is_told_where_that_is() -> None:
    assert refused(errors.RangeNotSatisfiable(10)).headers["content-range"] == "bytes */10"
