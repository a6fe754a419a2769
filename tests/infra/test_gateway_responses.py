"""API Gateway's own answers, as a client reads them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from lambdas.api.form import parse_form
from lambdas.api.inline import inline_content
from lambdas.api.responses import refused
from lambdas.core.errors import ContentTooLarge, InvalidApiKey, PermissionDenied, Unavailable
from lambdas.core.limits import Limits
from tests.infra.templates import Assembly

STATUS = {
    "UNAUTHORIZED": "401",
    "ACCESS_DENIED": "401",
    "INVALID_API_KEY": "500",
    "INVALID_SIGNATURE": "404",
    "EXPIRED_TOKEN": "404",
    "MISSING_AUTHENTICATION_TOKEN": "404",
    "RESOURCE_NOT_FOUND": "404",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "REQUEST_TOO_LARGE": "413",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
    "THROTTLED": "429",
    "QUOTA_EXCEEDED": "429",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "INTEGRATION_FAILURE": "502",
    "INTEGRATION_TIMEOUT": "504",
    "DEFAULT_4XX": "404",
    "DEFAULT_5XX": None,
}
every_kind = pytest.mark.parametrize("kind", STATUS)


def answer(assembly: Assembly, kind: str) -> Mapping[str, Any]:
    (found,) = [
        response.properties
        for response in assembly.api.all_of("ApiGateway::GatewayResponse")
        if response.properties["ResponseType"] == kind
    ]
    return found


def error(assembly: Assembly, kind: str) -> Mapping[str, Any]:
    body = json.loads(answer(assembly, kind)["ResponseTemplates"]["application/json"])
    found: Mapping[str, Any] = body["error"]
    return found


def headers(assembly: Assembly, kind: str) -> dict[str, str]:
    prefix = "gatewayresponse.header."
    parameters = answer(assembly, kind)["ResponseParameters"]
    return {name.removeprefix(prefix): value for name, value in parameters.items()}


def test_every_kind_that_there_is_is_answered(every_stage: Assembly) -> None:
    from aws_cdk.aws_apigateway import ResponseType  # noqa: PLC0415 - starts Node

    kinds = [getattr(ResponseType, name) for name in dir(ResponseType) if name.isupper()]
    responses = every_stage.api.all_of("ApiGateway::GatewayResponse")
    answered = [response.properties["ResponseType"] for response in responses]
    assert sorted(answered) == sorted(kind.response_type for kind in kinds) == sorted(STATUS)


@every_kind
def test_an_answer_is_the_envelope_with_all_four_keys(kind: str, prod: Assembly) -> None:
    assert set(error(prod, kind)) == {"message", "type", "param", "code"}
    assert error(prod, kind)["message"]


@every_kind
def test_no_word_of_an_answer_is_replaced_by_api_gateway(kind: str, prod: Assembly) -> None:
    # It puts a variable's value in as it is: a quotation mark in a path would break the JSON.
    (template,) = answer(prod, kind)["ResponseTemplates"].values()
    assert "$" not in template


@every_kind
def test_an_answer_carries_the_request_id(kind: str, prod: Assembly) -> None:
    assert headers(prod, kind)["x-request-id"] == "context.requestId"


@pytest.mark.parametrize(("kind", "status"), STATUS.items())
def test_an_answer_has_the_status_of_its_kind(
    kind: str, status: str | None, prod: Assembly
) -> None:
    assert answer(prod, kind).get("StatusCode") == status


def test_only_what_can_never_succeed_tells_the_sdks_not_to_try_again(prod: Assembly) -> None:
    permanent = {kind for kind in STATUS if "x-should-retry" in headers(prod, kind)}
    assert permanent == {"QUOTA_EXCEEDED"}
    assert headers(prod, "QUOTA_EXCEEDED")["x-should-retry"] == "'false'"


@pytest.mark.parametrize("kind", ["API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR"])
def test_what_may_be_a_slow_moment_or_a_wrong_deployment_is_told_as_either(
    kind: str, prod: Assembly
) -> None:
    body = error(prod, kind)
    assert (body["type"], body["code"]) == ("server_error", None)
    assert "Try again shortly; if that does not help" in body["message"]


@pytest.mark.parametrize("kind", ["UNAUTHORIZED", "ACCESS_DENIED"])
def test_a_missing_and_a_wrong_key_are_told_as_the_functions_would(
    kind: str, prod: Assembly
) -> None:
    body = error(prod, kind)
    assert (body["type"], body["code"]) == (InvalidApiKey.type, InvalidApiKey.code)
    assert answer(prod, kind)["StatusCode"] == str(InvalidApiKey.status)
    assert headers(prod, kind)["WWW-Authenticate"] == "'Bearer'"


@pytest.mark.parametrize(
    "kind", ["MISSING_AUTHENTICATION_TOKEN", "INVALID_SIGNATURE", "EXPIRED_TOKEN", "DEFAULT_4XX"]
)
def test_an_unknown_url_is_told_as_one_whatever_key_came_with_it(kind: str, prod: Assembly) -> None:
    assert error(prod, kind)["code"] == "unknown_url"


def test_a_refusal_of_the_firewall_is_told_as_the_functions_would(prod: Assembly) -> None:
    body = error(prod, "WAF_FILTERED")
    assert (body["type"], body["code"]) == (PermissionDenied.type, PermissionDenied.code)


def test_a_slow_function_is_told_as_the_functions_tell_of_slow_aws(prod: Assembly) -> None:
    assert error(prod, "INTEGRATION_TIMEOUT") == json.loads(refused(Unavailable()).body)["error"]


def test_a_request_too_large_is_told_the_ways_that_the_functions_tell(prod: Assembly) -> None:
    limits = Limits.from_json(
        prod.api.function("create_file").properties["Environment"]["Variables"]["LIMITS"]
    )
    body = error(prod, "REQUEST_TOO_LARGE")
    by_function = refused_content(limits)
    assert (body["type"], body["code"]) == (by_function.type, by_function.code)
    limit_and_ways = by_function.message[by_function.message.index("one request takes") :]
    assert body["message"].endswith(limit_and_ways)
    for way in ("Uploads API", "`larder upload`", "larder.upload_file", "larder.http_client()"):
        assert way in limit_and_ways


def refused_content(limits: Limits) -> ContentTooLarge:
    content = b"x" * (limits.inline_bytes + 1)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    form = parse_form("multipart/form-data; boundary=b", head + content + b"\r\n--b--\r\n")
    with pytest.raises(ContentTooLarge) as refusal:
        inline_content(form, "file", limits)
    return refusal.value


@every_kind
def test_pages_may_read_it_where_the_stage_names_origins(
    kind: str, dev: Assembly, prod: Assembly
) -> None:
    sent = headers(dev, kind)
    assert sent["Access-Control-Allow-Origin"] == "'*'"
    assert "x-request-id" in sent["Access-Control-Expose-Headers"]
    assert not [name for name in headers(prod, kind) if name.startswith("Access-Control-")]
