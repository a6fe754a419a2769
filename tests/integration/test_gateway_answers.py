"""Who is let in and whose request has a route, before a function is asked.

In which words the rest is told, `tests/infra/test_gateway_responses.py` sees on the template.
"""

import time
import zlib
from typing import Any

import httpx2
import openai
import pytest

from larder.admin.keys import KeyTable
from tests.bed.bed import BASE_URL, Bed


def anonymous(bed: Bed) -> httpx2.Client:
    return httpx2.Client(base_url=BASE_URL, transport=bed.transport())


def asked_with(bed: Bed, authorization: str) -> httpx2.Response:
    return anonymous(bed).get("/files", headers={"Authorization": authorization})


def is_refused(answer: httpx2.Response) -> bool:
    error = answer.json()["error"]
    return (answer.status_code, error["code"], error["type"], error["param"]) == (
        401,
        "invalid_api_key",
        "invalid_request_error",
        None,
    )


def test_without_a_key_a_request_is_refused(bed: Bed) -> None:
    answer = anonymous(bed).get("/files")
    assert is_refused(answer)
    assert "Authorization: Bearer" in answer.json()["error"]["message"]


def test_the_sdk_sees_a_wrong_key_as_an_authentication_error(bed: Bed) -> None:
    stranger = openai.OpenAI(
        api_key="sk-wrong",
        base_url=BASE_URL,
        http_client=openai.DefaultHttpxClient(transport=bed.transport()),
    )
    with pytest.raises(openai.AuthenticationError) as raised:
        stranger.files.list()
    assert raised.value.code == "invalid_api_key"


def test_a_key_that_nobody_has_is_refused(bed: Bed) -> None:
    body = "a" * 52
    assert is_refused(asked_with(bed, f"Bearer sk-larder-{body}{zlib.crc32(body.encode()):08x}"))


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Basic YWxpY2U6", "Bearer sk-larder-", "Bearer a b", "sk-larder-abc"],
)
def test_what_is_no_key_is_refused(bed: Bed, authorization: str) -> None:
    assert is_refused(asked_with(bed, authorization))


@pytest.mark.parametrize("space", ["\t", "\x0b", "\x0c", "\x1f"])
def test_a_key_behind_any_white_space_but_spaces_is_refused(bed: Bed, space: str) -> None:
    assert is_refused(asked_with(bed, f"Bearer {space}{bed.api_key('alice')}"))


def test_a_mistyped_key_is_refused_without_a_look_at_the_table(bed: Bed) -> None:
    key = bed.api_key("alice")
    mistyped = key[:20] + ("b" if key[20] == "a" else "a") + key[21:]
    assert is_refused(asked_with(bed, f"Bearer {mistyped}"))
    assert bed.wire.calls == []


def test_a_key_in_upper_case_is_another_key(bed: Bed) -> None:
    assert is_refused(asked_with(bed, f"Bearer {bed.api_key('alice').upper()}"))


def test_an_expired_key_is_refused_though_it_is_still_in_the_table(bed: Bed) -> None:
    _, key = KeyTable(bed.deployment).create(owner="alice", expires_in=-1)
    assert is_refused(asked_with(bed, f"Bearer {key}"))


def test_a_key_that_has_not_expired_yet_is_good(bed: Bed) -> None:
    _, key = KeyTable(bed.deployment).create(owner="alice", expires_in=600)
    assert asked_with(bed, f"Bearer {key}").status_code == 200


@pytest.mark.parametrize(
    "attributes",
    [
        {"expires_at": {"N": "1.5"}},
        {"owner": {"N": "1"}},
        {"expires_at": {"S": "soon"}},
        {"scopes": {"S": "service"}},
        {"scopes": {"L": [{"N": "1"}]}},
        {"owner": {"NULL": True}},
    ],
    ids=str,
)
def test_a_mangled_key_is_refused_alone(bed: Bed, attributes: dict[str, Any]) -> None:
    key, secret = KeyTable(bed.deployment).create(owner="alice", expires_in=600)
    dynamodb, table = bed.session.client("dynamodb"), "larder-api-keys"
    where = {"key_hash": {"S": key.key_hash}}
    item = dynamodb.get_item(TableName=table, Key=where)["Item"]
    dynamodb.put_item(TableName=table, Item={**item, **attributes})
    assert is_refused(asked_with(bed, f"Bearer {secret}"))
    assert asked_with(bed, f"Bearer {bed.api_key('alice')}").status_code == 200


def test_a_revoked_key_is_refused_once_the_gateway_asks_again(bed: Bed) -> None:
    keys = KeyTable(bed.deployment)
    key, secret = keys.create(owner="alice")
    assert asked_with(bed, f"Bearer {secret}").status_code == 200
    keys.delete(key)
    bed.clock.move(seconds=60)
    assert is_refused(asked_with(bed, f"Bearer {secret}"))


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_s_case_does_not_matter(bed: Bed, scheme: str) -> None:
    assert asked_with(bed, f"{scheme} {bed.api_key('alice')}").status_code == 200


def test_one_look_at_the_table_serves_every_method_while_it_is_remembered(bed: Bed) -> None:
    http = bed.http_of("alice")
    file = http.post("/files", data={"purpose": "batch"}, files={"file": ("a", b"x")}).json()
    for answer in (
        http.get("/files"),
        http.get(f"/files/{file['id']}"),
        http.get("/usage"),
        http.delete(f"/files/{file['id']}"),
    ):
        assert answer.status_code == 200
    tables = [call.json().get("TableName") for call in bed.wire.calls if call.service == "dynamodb"]
    assert tables.count("larder-api-keys") == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/models"),
        ("PUT", "/files"),
        ("PATCH", "/files/file-1"),
        ("POST", "/files/file-1/content"),
        ("GET", "/files/file-1/content/more"),
        ("GET", "/../files"),
    ],
)
def test_an_unknown_route_is_not_found_with_a_key_or_without(
    bed: Bed, method: str, path: str
) -> None:
    for client in (bed.http_of("alice"), anonymous(bed)):
        answer = client.request(method, path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "unknown_url"


def test_the_owner_s_name_is_the_key_s_and_no_header_s(bed: Bed) -> None:
    bed.client_of("alice").files.create(file=("a", b"x"), purpose="batch")
    bob = bed.http_of("bob")
    for name in ("owner", "X-Owner", "x-amzn-owner", "scopes"):
        assert bob.get("/files", headers={name: "alice"}).json()["data"] == []


def test_a_header_s_case_does_not_matter(bed: Bed) -> None:
    key = bed.api_key("alice")
    for name in ("authorization", "Authorization", "AUTHORIZATION"):
        answer = bed.request("GET", f"{BASE_URL}/files", [(name, f"Bearer {key}")])
        assert answer.status == 200


def test_keys_are_kept_as_hashes_alone(bed: Bed) -> None:
    secret = bed.api_key("alice")
    items = bed.session.client("dynamodb").scan(TableName="larder-api-keys")["Items"]
    assert secret not in str(items)
    assert items[0]["hint"]["S"] == secret[:16]
    assert int(items[0]["created_at"]["N"]) <= time.time()
