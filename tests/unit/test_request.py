"""A request as API Gateway hands it over, in any case and encoding, with whatever is left out."""

import base64
import json
import time
from typing import Any

import pytest

from lambdas.api.request import Request
from lambdas.core.callers import Caller
from lambdas.core.errors import InvalidRequest

NOW = 1_700_000_000_123


def event(**more: Any) -> dict[str, Any]:
    """An event with as little as API Gateway ever sends, and these keys beside."""
    return {
        "headers": None,
        "queryStringParameters": None,
        "pathParameters": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "r-1",
            "requestTimeEpoch": NOW,
            "authorizer": {"owner": "alice", "scopes": "service"},
        },
        **more,
    }


def test_the_time_is_when_api_gateway_received_it() -> None:
    assert Request.of(event()).now == NOW / 1000


def test_without_that_it_is_the_present() -> None:
    before = time.time()
    now = Request.of({"requestContext": {}}).now
    assert before <= now <= time.time()


def test_the_id_is_api_gateway_s() -> None:
    assert Request.of(event()).id == "r-1"


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_a_header_s_name_has_any_case(name: str) -> None:
    assert Request.of(event(headers={name: "k"})).idempotency_key == "k"


def test_a_missing_header_is_none() -> None:
    assert Request.of(event()).idempotency_key is None


def test_the_caller_is_the_authorizer_s_owner() -> None:
    assert Request.of(event()).caller == Caller("alice")


def test_a_service_s_caller_is_whom_it_names() -> None:
    request = Request.of(event(headers={"Larder-Owner": "bob"}))
    assert request.caller == Caller("bob", service="alice")


@pytest.mark.parametrize("scopes", [None, "", "other"])
def test_a_key_without_scopes_has_none(scopes: str | None) -> None:
    request = Request.of(event())
    request.event["requestContext"]["authorizer"]["scopes"] = scopes
    assert request.caller == Caller("alice")


@pytest.mark.parametrize("query", [None, {}, {"limit": ""}])
def test_a_parameter_that_is_missing_or_empty_is_none(query: dict[str, str] | None) -> None:
    assert Request.of(event(queryStringParameters=query)).query("limit") is None


def test_a_parameter_of_the_query_is_read() -> None:
    assert Request.of(event(queryStringParameters={"limit": "2"})).query("limit") == "2"


def test_a_parameter_of_the_path_is_read() -> None:
    assert Request.of(event(pathParameters={"file_id": "file-1"})).path("file_id") == "file-1"


def test_a_form_in_base64_is_read() -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b--\r\n'
    request = Request.of(
        event(
            headers={"Content-Type": "multipart/form-data; boundary=b"},
            body=base64.b64encode(form).decode(),
            isBase64Encoded=True,
        )
    )
    assert request.form("file").field("purpose") == "batch"


@pytest.mark.parametrize("encoded", [True, False])
def test_a_json_body_is_read(encoded: bool) -> None:
    body = json.dumps({"filename": "größe"}, ensure_ascii=False)
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    request = Request.of(event(body=body, isBase64Encoded=encoded))
    assert request.json() == {"filename": "größe"}


@pytest.mark.parametrize("body", [None, ""])
def test_no_body_is_an_empty_object(body: str | None) -> None:
    assert Request.of(event(body=body)).json() == {}


@pytest.mark.parametrize(
    "body", ["[]", "1", "null", '"a"', "{", "{'a': 1}", "[" * 10_000, "\ud800"]
)
def test_another_body_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequest, match="JSON object"):
        Request.of(event(body=body)).json()
