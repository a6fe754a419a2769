"""Answers: one JSON for lists, one envelope for errors, one id on all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.api.responses import listed, ok, redirected, refused
from lambdas.core import errors
from lambdas.core.file import new_file, render
from lambdas.core.pages import Page

objects = st.dictionaries(st.text(), st.text() | st.integers() | st.none())


def test_an_answer_carries_the_request_s_id() -> None:
    assert ok("{}").to_lambda("r-1")["headers"]["x-request-id"] == "r-1"


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
    response = redirected("https://content.example/a", file)
    assert response.status == 302
    assert response.headers["location"] == "https://content.example/a"
    assert response.headers.get("x-larder-crc64nvme") == checksum
