"""The errors that API Gateway answers by itself, in the form of the functions' errors.

This needs no CDK, so that the local stand-in for API Gateway can give the same answers.
"""

import json
from dataclasses import dataclass, replace

from infra.stages import MIB


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """One kind of answer.

    Args:
        kind: API Gateway's name of it
            (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
        status: None keeps the status of the kind that fell back to this one.
        message: Without JSON's special characters: API Gateway does not escape it.
        error: The envelope's `type` and `code`.
        permanent: A retry cannot help, though the status suggests it.
        to_pages: Whether web pages of every origin may read it, which has nobody's data: a gateway
            response has the same headers for all origins.
    """

    kind: str
    status: int | None
    message: str
    error: tuple[str, str | None]
    permanent: bool = False
    to_pages: bool = False

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
        if self.to_pages:
            headers["Access-Control-Allow-Origin"] = "'*'"
            headers["Access-Control-Expose-Headers"] = "'x-request-id, x-should-retry'"
        return headers

    def headers_of(self, request_id: str) -> dict[str, str]:
        """The headers as a client gets them, by their names in lower case."""
        sent = {
            name.lower(): request_id if value == "context.requestId" else value.strip("'")
            for name, value in self.headers.items()
        }
        return {"content-type": "application/json", **sent}


_WRONG_KEY = "Incorrect API key provided."
_NO_KEY = (
    "You didn't provide an API key. Send it in the Authorization header: "
    "Authorization: Bearer YOUR_KEY."
)
_UNKNOWN_URL = "Unknown path or method. Paths begin with /v1/files, /v1/uploads or /v1/usage."
# The function refuses any other malformed form.
_NOT_SO_ENCODED = "The body is not as its Content-Encoding says: 'gzip', 'deflate' or 'identity'."
_NOT_VALID = "The request is not valid."
_BUSY = "Too many requests at once. Try again shortly."
_BROKEN = "The service had an error. Try again shortly."
_BROKEN_PERHAPS_FOR_GOOD = (
    "The service had an error. Try again shortly; if that does not help, whoever runs the service "
    "has to mend it."
)
_SLOW = "The service did not answer in time. Try again shortly."

_INVALID = "invalid_request_error", None
_UNKNOWN = "invalid_request_error", "unknown_url"
_UNAUTHENTICATED = "invalid_request_error", "invalid_api_key"
_SERVER = "server_error", None

_ANSWERS = (
    GatewayAnswer("UNAUTHORIZED", 401, _NO_KEY, _UNAUTHENTICATED),
    GatewayAnswer("ACCESS_DENIED", 401, _WRONG_KEY, _UNAUTHENTICATED),
    # No client's key: that of an owner's slot (infra/constructs/owner_slots.py), not made yet.
    GatewayAnswer("INVALID_API_KEY", 500, _BROKEN, _SERVER),
    # For an unknown path or method API Gateway expects AWS's signature, so these four mean a 404:
    # no Authorization header, AWS's own, and (the last) any other, such as a bearer's.
    # Every other kind needs a status here, or it would get the last one's.
    GatewayAnswer("MISSING_AUTHENTICATION_TOKEN", 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer("INVALID_SIGNATURE", 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer("EXPIRED_TOKEN", 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer("DEFAULT_4XX", 404, _UNKNOWN_URL, _UNKNOWN),
    GatewayAnswer("RESOURCE_NOT_FOUND", 404, "Not found.", _INVALID),
    GatewayAnswer("BAD_REQUEST_BODY", 400, _NOT_VALID, _INVALID),
    GatewayAnswer("BAD_REQUEST_PARAMETERS", 400, _NOT_VALID, _INVALID),
    GatewayAnswer("UNSUPPORTED_MEDIA_TYPE", 415, _NOT_SO_ENCODED, _INVALID),
    GatewayAnswer(
        "WAF_FILTERED",
        403,
        "A firewall refused the request.",
        ("permission_error", "permission_denied"),
    ),
    GatewayAnswer("THROTTLED", 429, _BUSY, ("rate_limit_error", "rate_limit_exceeded")),
    GatewayAnswer(
        "QUOTA_EXCEEDED",
        429,
        "The requests that this key is allowed are used up.",
        ("rate_limit_error", "rate_limit_exceeded"),
        permanent=True,
    ),
    # An authorizer that raises, is killed or times out has the kind of a missing one. It is assumed
    # that a throttled one has it too, and that a function that died has that of a broken API.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    GatewayAnswer("API_CONFIGURATION_ERROR", 500, _BROKEN_PERHAPS_FOR_GOOD, _SERVER),
    GatewayAnswer("AUTHORIZER_CONFIGURATION_ERROR", 500, _BROKEN_PERHAPS_FOR_GOOD, _SERVER),
    GatewayAnswer("AUTHORIZER_FAILURE", 500, _BROKEN, _SERVER),
    GatewayAnswer("INTEGRATION_FAILURE", 502, _BROKEN, _SERVER),
    GatewayAnswer("INTEGRATION_TIMEOUT", 504, _SLOW, ("server_error", "unavailable")),
    GatewayAnswer("DEFAULT_5XX", None, _BROKEN, _SERVER),
)


def gateway_answers(inline_bytes: int, *, to_pages: bool = False) -> tuple[GatewayAnswer, ...]:
    """One answer of every kind that API Gateway has.

    Args:
        inline_bytes: What one request may carry, for the message of the 413.
        to_pages: Whether web pages of other origins may read them.
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
    answers = (*_ANSWERS, GatewayAnswer("REQUEST_TOO_LARGE", 413, too_large, code))
    return tuple(replace(answer, to_pages=to_pages) for answer in answers)
