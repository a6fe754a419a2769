"""What API Gateway answers by itself, in the same words and shape as the functions' errors."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.stages import MIB


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


_KINDS = apigateway.ResponseType
_WRONG_KEY = "Incorrect API key provided."
_NO_KEY = (
    "You didn't provide an API key. Send it in the Authorization header: "
    "Authorization: Bearer YOUR_KEY."
)
_UNKNOWN_URL = "Unknown path or method. Paths begin with /v1/files, /v1/uploads or /v1/usage."
_NOT_VALID = "The request is not valid."
_BUSY = "Too many requests at once. Try again shortly."
_BROKEN = "The service had an error. Try again shortly."
_MISCONFIGURED = "The service is not set up correctly."
_SLOW = "The service did not answer in time. Try again shortly."

_INVALID = "invalid_request_error", None
_UNKNOWN = "invalid_request_error", "unknown_url"
_UNAUTHENTICATED = "invalid_request_error", "invalid_api_key"
_SERVER = "server_error", None

_ANSWERS = (
    GatewayAnswer(_KINDS.UNAUTHORIZED, 401, _NO_KEY, _UNAUTHENTICATED),
    GatewayAnswer(_KINDS.ACCESS_DENIED, 401, _WRONG_KEY, _UNAUTHENTICATED),
    GatewayAnswer(_KINDS.INVALID_API_KEY, 401, _WRONG_KEY, _UNAUTHENTICATED),
    # A path or method that there is not wants AWS's own signature, so these four are its names:
    # without an Authorization header, with AWS's, and (the last) with any other, a bearer's too.
    # Every other kind has its status here, or that of the last would be its.
    GatewayAnswer(_KINDS.MISSING_AUTHENTICATION_TOKEN, 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer(_KINDS.INVALID_SIGNATURE, 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer(_KINDS.EXPIRED_TOKEN, 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer(_KINDS.DEFAULT_4_XX, 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer(_KINDS.RESOURCE_NOT_FOUND, 404, "Not found.", _INVALID),
    GatewayAnswer(_KINDS.BAD_REQUEST_BODY, 400, _NOT_VALID, _INVALID),
    GatewayAnswer(_KINDS.BAD_REQUEST_PARAMETERS, 400, _NOT_VALID, _INVALID),
    GatewayAnswer(
        _KINDS.UNSUPPORTED_MEDIA_TYPE, 415, "The content type is not supported.", _INVALID
    ),
    GatewayAnswer(
        _KINDS.WAF_FILTERED,
        403,
        "A firewall refused the request.",
        ("permission_error", "permission_denied"),
    ),
    GatewayAnswer(_KINDS.THROTTLED, 429, _BUSY, ("rate_limit_error", "rate_limit_exceeded")),
    GatewayAnswer(
        _KINDS.QUOTA_EXCEEDED,
        429,
        "The requests that this key is allowed are used up.",
        ("rate_limit_error", "rate_limit_exceeded"),
        permanent=True,
    ),
    GatewayAnswer(_KINDS.API_CONFIGURATION_ERROR, 500, _MISCONFIGURED, _SERVER, permanent=True),
    GatewayAnswer(
        _KINDS.AUTHORIZER_CONFIGURATION_ERROR, 500, _MISCONFIGURED, _SERVER, permanent=True
    ),
    GatewayAnswer(_KINDS.AUTHORIZER_FAILURE, 500, _BROKEN, _SERVER),
    GatewayAnswer(_KINDS.INTEGRATION_FAILURE, 502, _BROKEN, _SERVER),
    GatewayAnswer(_KINDS.INTEGRATION_TIMEOUT, 504, _SLOW, ("server_error", "unavailable")),
    GatewayAnswer(_KINDS.DEFAULT_5_XX, None, _BROKEN, _SERVER),
)


def gateway_answers(inline_bytes: int) -> tuple[GatewayAnswer, ...]:
    """One answer of every kind that API Gateway has.

    Args:
        inline_bytes: What one request may carry, for the words of the 413.
    """
    limit = f"{inline_bytes // MIB} MiB"
    too_large = (
        f"The request is too large, and one request takes at most {limit} ({inline_bytes} bytes): "
        "upload larger files in parts with the Uploads API (client.uploads.upload_file_chunked "
        f"with a part_size of at most {limit}), with the command `larder upload`, with "
        "larder.upload_file(client, path), or with "
        "OpenAI(http_client=larder.http_client()). If this was a part, cancel its upload "
        "(POST /uploads/{upload_id}/cancel, client.uploads.cancel(upload_id)): until it "
        "expires, its bytes stay reserved."
    )
    code = "invalid_request_error", "content_too_large"
    return (*_ANSWERS, GatewayAnswer(_KINDS.REQUEST_TOO_LARGE, 413, too_large, code))


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
