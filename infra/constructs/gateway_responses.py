"""What API Gateway answers by itself, in the same words and shape as the functions' errors."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.stages import MIB

_UNAUTHENTICATED = "invalid_request_error", "invalid_api_key"
_INVALID = "invalid_request_error", None
_BROKEN = "server_error", None


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """One kind of answer.

    Args:
        kind: API Gateway's name of it
            (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
        status: None keeps that of the kind which fell back to this one.
        message: Plain words: API Gateway puts them into the template as they are.
        error: The envelope's `type` and `code`.
        permanent: Trying again cannot help, though the status says that it might.
    """

    kind: apigateway.ResponseType
    status: int | None
    message: str
    error: tuple[str, str | None]
    permanent: bool = False

    @property
    def body(self) -> str:
        """The error envelope, all four keys."""
        kind, code = self.error
        return json.dumps(
            {"error": {"message": self.message, "type": kind, "param": None, "code": code}}
        )

    @property
    def headers(self) -> dict[str, str]:
        """Header values as API Gateway maps them: a variable, or a word in single quotes."""
        headers = {"x-request-id": "context.requestId"}
        if self.status == 401:
            headers["WWW-Authenticate"] = "'Bearer'"
        if self.permanent:
            headers["x-should-retry"] = "'false'"
        return headers


def gateway_answers(inline_bytes: int) -> list[GatewayAnswer]:
    """Every kind that API Gateway has.

    Args:
        inline_bytes: What one request may carry, for the words of the 413.
    """
    kinds = apigateway.ResponseType
    wrong_key = "Incorrect API key provided."
    no_key = (
        "You didn't provide an API key. Send it in the Authorization header: "
        "Authorization: Bearer YOUR_KEY."
    )
    too_large = (
        f"The request is too large: one call carries at most {inline_bytes // MIB} MiB. "
        "Send a larger file in parts with the Uploads API, with `larder upload`, or by giving "
        "the openai client `http_client=larder.http_client()`."
    )
    not_valid = "The request is not valid."
    broken = "The service had an error while answering. Try again shortly."
    misconfigured = "The service is not set up correctly."
    slow = "The service did not answer in time. Try again shortly."
    busy = "Too many requests at once. Try again shortly."
    return [
        GatewayAnswer(kinds.UNAUTHORIZED, 401, no_key, _UNAUTHENTICATED),
        GatewayAnswer(kinds.ACCESS_DENIED, 401, wrong_key, _UNAUTHENTICATED),
        GatewayAnswer(kinds.INVALID_API_KEY, 401, wrong_key, _UNAUTHENTICATED),
        GatewayAnswer(kinds.INVALID_SIGNATURE, 401, wrong_key, _UNAUTHENTICATED),
        GatewayAnswer(kinds.EXPIRED_TOKEN, 401, wrong_key, _UNAUTHENTICATED),
        GatewayAnswer(
            kinds.MISSING_AUTHENTICATION_TOKEN,
            404,
            "Unknown path or method. Paths begin with /v1/files, /v1/uploads or /v1/usage.",
            ("invalid_request_error", "unknown_url"),
        ),
        GatewayAnswer(kinds.RESOURCE_NOT_FOUND, 404, "Not found.", _INVALID),
        GatewayAnswer(kinds.BAD_REQUEST_BODY, 400, not_valid, _INVALID),
        GatewayAnswer(kinds.BAD_REQUEST_PARAMETERS, 400, not_valid, _INVALID),
        GatewayAnswer(
            kinds.REQUEST_TOO_LARGE, 413, too_large, ("invalid_request_error", "content_too_large")
        ),
        GatewayAnswer(
            kinds.UNSUPPORTED_MEDIA_TYPE, 415, "The content type is not supported.", _INVALID
        ),
        GatewayAnswer(kinds.THROTTLED, 429, busy, ("rate_limit_error", "rate_limit_exceeded")),
        GatewayAnswer(
            kinds.QUOTA_EXCEEDED,
            429,
            "The number of requests allowed is used up.",
            ("rate_limit_error", "request_quota_exceeded"),
            permanent=True,
        ),
        GatewayAnswer(
            kinds.WAF_FILTERED,
            403,
            "A firewall refused the request.",
            ("permission_error", "permission_denied"),
        ),
        GatewayAnswer(kinds.DEFAULT_4_XX, None, not_valid, _INVALID),
        GatewayAnswer(kinds.AUTHORIZER_FAILURE, 500, broken, _BROKEN),
        GatewayAnswer(
            kinds.AUTHORIZER_CONFIGURATION_ERROR, 500, misconfigured, _BROKEN, permanent=True
        ),
        GatewayAnswer(kinds.API_CONFIGURATION_ERROR, 500, misconfigured, _BROKEN, permanent=True),
        GatewayAnswer(kinds.INTEGRATION_FAILURE, 502, broken, _BROKEN),
        GatewayAnswer(kinds.INTEGRATION_TIMEOUT, 504, slow, ("server_error", "unavailable")),
        GatewayAnswer(kinds.DEFAULT_5_XX, None, broken, _BROKEN),
    ]


def add_gateway_responses(api: apigateway.RestApi, *, inline_bytes: int) -> None:
    """Give an API its own answers to everything that it answers without a function."""
    responses = Construct(api, "GatewayResponses")
    for answer in gateway_answers(inline_bytes):
        apigateway.GatewayResponse(
            responses,
            answer.kind.response_type,
            rest_api=api,
            type=answer.kind,
            status_code=str(answer.status) if answer.status else None,
            response_headers=answer.headers,
            templates={"application/json": answer.body},
        )
