"""API Gateway in this process: routes, authorizer, limits, and its own answers."""

import importlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from pybase64 import b64decode

from infra.gateway_answers import GatewayAnswer, gateway_answers
from infra.local.gateway_compression import LEAST_BYTES, decoded, encoded, encoding_of
from infra.routes import AUTHORIZE, ROUTES, keyless_routes
from infra.rows import Route
from infra.stages import Limits
from tests.bed.proxy_event import HttpRequest, authorizer_event, match, proxy_event
from tests.bed.wire import Killed

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_REQUEST = 10 * 2**20
LARGEST_LAMBDA_PAYLOAD = 6 * 2**20


@dataclass(frozen=True)
class HttpResponse:
    """An answer, by the gateway or by a function."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Refused(Exception):
    """API Gateway answers by itself, with one of its response types."""

    def __init__(self, kind: str, status: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status


class Gateway:
    """The REST API of a stage, with the functions that `infra.routes` names behind it.

    Args:
        now: Called once a request; what it returns is the time of the request.
        cache_seconds: How long the authorizer's answer serves the same `Authorization` header.
    """

    def __init__(self, now: Callable[[], float], *, cache_seconds: int = 60) -> None:
        self.now = now
        self.cache_seconds = cache_seconds
        self._policies: dict[str, tuple[float, dict[str, Any]]] = {}

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request as the deployed API would."""
        request_id, now = str(uuid.uuid4()), self.now()
        try:
            request = decompressed(request)
            route, event = self._event(request, request_id, now)
            if route not in _keyless():
                event["requestContext"]["authorizer"] = self._authorize(request, event, now)
            if _payload_bytes(event) > LARGEST_LAMBDA_PAYLOAD:
                raise Refused("REQUEST_TOO_LARGE", 413)
            answered = _invoke(handler_of(route.function.handler), event)
            if request.method == "HEAD":
                return replace(answered, body=b"")
            return compressed(request, answered)
        except Refused as refusal:
            answered = own_answer(refusal.kind, refusal.status, request_id)
            return replace(answered, body=b"") if request.method == "HEAD" else answered

    def _event(
        self, request: HttpRequest, request_id: str, now: float
    ) -> tuple[Route, dict[str, Any]]:
        if len(request.body) > LARGEST_REQUEST:
            raise Refused("REQUEST_TOO_LARGE", 413)
        for route in (*ROUTES, *_keyless()):
            if (parameters := match(route, request)) is not None:
                return route, proxy_event(
                    request, route, parameters, request_id=request_id, now=now
                )
        # A path or method that there is not wants AWS's own signature; a bearer's key is none.
        signed = request.header("authorization") is not None
        raise Refused("DEFAULT_4XX" if signed else "MISSING_AUTHENTICATION_TOKEN", 403)

    def _authorize(
        self, request: HttpRequest, event: Mapping[str, Any], now: float
    ) -> dict[str, Any]:
        """Return the authorizer's context, if its policy allows this method."""
        header = request.header("authorization")
        if not header:
            raise Refused("UNAUTHORIZED", 401)
        asked = authorizer_event(event)
        cached = self._policies.get(header)
        if cached is None or cached[0] <= now:
            handler = handler_of(AUTHORIZE.handler)
            policy = _call(handler, asked, "AUTHORIZER_CONFIGURATION_ERROR", 500)
            cached = self._policies[header] = (now + self.cache_seconds, policy)
        policy = cached[1]
        statements = policy["policyDocument"]["Statement"]
        effects = {
            statement["Effect"]
            for statement in statements
            if fnmatchcase(asked["methodArn"], statement["Resource"])
        }
        if effects != {"Allow"}:
            raise Refused("ACCESS_DENIED", 403)
        return {**policy["context"], "principalId": policy["principalId"]}


def handler_of(name: str) -> Callable[[Any, Any], Any]:
    """Load a handler as Lambda does, by a name such as `lambdas.endpoints.get_file.handler`."""
    module, _, function = name.rpartition(".")
    handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), function)
    return handler


def _call(handler: Callable[[Any, Any], Any], event: Any, kind: str, status: int) -> Any:
    """Call a function; one that raises or is killed becomes the gateway's answer."""
    try:
        return handler(event, None)
    except (Exception, Killed) as error:
        raise Refused(kind, status) from error


def _invoke(handler: Callable[[Any, Any], Any], event: Mapping[str, Any]) -> HttpResponse:
    answered = _call(handler, event, "INTEGRATION_FAILURE", 502)
    if _payload_bytes(answered) > LARGEST_LAMBDA_PAYLOAD:
        raise Refused("INTEGRATION_FAILURE", 502)
    assert set(answered) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert all(isinstance(value, str) for value in answered["headers"].values())
    headers = {name.lower(): value for name, value in answered["headers"].items()}
    body = answered["body"]
    content = b64decode(body) if answered["isBase64Encoded"] else body.encode()
    return HttpResponse(answered["statusCode"], headers, content)


def _payload_bytes(payload: Mapping[str, Any]) -> int:
    """The size of what a function gets or gives; escaping makes nothing of base64 longer."""
    if not payload["isBase64Encoded"]:
        return len(json.dumps(payload))
    return len(json.dumps({**payload, "body": ""})) + len(payload["body"])


def decompressed(request: HttpRequest) -> HttpRequest:
    """Decompress a body that says that it is compressed, as API Gateway always does.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    """
    encoding = request.header("content-encoding")
    if encoding in (None, "identity"):
        return request
    try:
        return replace(request, body=decoded(request.body, encoding))
    except ValueError as error:
        raise Refused("UNSUPPORTED_MEDIA_TYPE", 415) from error


def compressed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Compress a long answer, unless it has an encoding, for a client that accepts it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-receive-response-with-compressed-payload.html
    """
    encoding = encoding_of(request.header("accept-encoding") or "")
    has_encoding = "content-encoding" in answer.headers
    if encoding is None or has_encoding or len(answer.body) < LEAST_BYTES:
        return answer
    headers = {**answer.headers, "content-encoding": encoding}
    return HttpResponse(answer.status, headers, encoded(answer.body, encoding))


def _keyless() -> tuple[Route, ...]:
    return keyless_routes(preflights="CORS_ORIGINS" in os.environ, console=True)


def own_answer(kind: str, status: int, request_id: str) -> HttpResponse:
    """Word the gateway's own answer as the stack's gateway responses do."""
    words = _gateway_answers("CORS_ORIGINS" in os.environ)
    answer = words.get(kind) or words["DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"]
    headers = answer.headers_of(request_id)
    return HttpResponse(answer.status or status, headers, answer.body.encode())


@cache
def _gateway_answers(to_pages: bool) -> dict[str, GatewayAnswer]:
    answers = gateway_answers(Limits().inline_bytes, to_pages=to_pages)
    return {answer.kind: answer for answer in answers}
