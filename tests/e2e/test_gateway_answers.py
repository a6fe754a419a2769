"""What API Gateway answers by itself, and who may come in.

The emulator applies the gateway responses of a missing key, a refused key and an unknown route.
It has no size limit, no throttling and no timeout, so the others are asserted on the template
(`tests/infra/test_gateway_responses.py`).
"""

import pytest
import urllib3

from tests.e2e.conftest import NewUser
from tests.e2e.user import User


def error_of(answer: urllib3.BaseHTTPResponse) -> dict[str, object]:
    """The error object, once its envelope has been held to the contract."""
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "message", "param", "type"]
    error: dict[str, object] = body["error"]
    return error


def test_a_request_without_a_key_is_told_how_to_send_one(user: User) -> None:
    answer = user.request("GET", "/files", authorization="")
    error = error_of(answer)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_api_key")
    assert "Authorization: Bearer" in str(error["message"])


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer sk-not-one-of-ours",
        f"Bearer sk-larder-{'a' * 52}00000000",
        "Bearer",
        "Basic YWxpY2U6c2VjcmV0",
    ],
    ids=["foreign", "mistyped", "empty", "basic"],
)
def test_a_wrong_key_is_refused(user: User, authorization: str) -> None:
    answer = user.request("GET", "/files", authorization=authorization)
    assert answer.status == 401
    assert error_of(answer)["code"] == "invalid_api_key"


def test_a_revoked_key_is_refused_once_it_is_no_longer_remembered(user: User) -> None:
    assert user.request("GET", "/files").status == 200
    user.larder("admin", "keys", "revoke", user.key)
    # API Gateway remembers by the header's exact text, so this is the same key, not remembered.
    answer = user.request("GET", "/files", authorization=f"Bearer  {user.key}")
    assert answer.status == 401
    assert error_of(answer)["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", ""),
        ("GET", "/files/file-01ka9qf2y8n6q4s0v3w5x7z9bc/nothing"),
        ("PATCH", "/files"),
        ("DELETE", "/usage"),
    ],
)
def test_an_unknown_path_or_method_is_a_404(user: User, method: str, path: str) -> None:
    answer = user.request(method, path)
    assert answer.status == 404
    assert error_of(answer)["code"] == "unknown_url"


def test_the_id_of_a_request_is_never_used_twice(user: User) -> None:
    answers = [
        user.request("GET", path, authorization=key)
        for path in ("/files", "/usage", "/nothing")
        for key in (f"Bearer {user.key}", "Bearer wrong", "")
    ]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


def test_an_ordinary_key_can_name_no_owner(user: User, new_user: NewUser) -> None:
    answer = user.request("GET", "/files", larder_owner=new_user().owner)
    assert answer.status == 403
    assert error_of(answer)["code"] == "permission_denied"
