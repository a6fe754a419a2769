"""A request as API Gateway's REST API hands it to a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pybase64 import b64encode_as_string

from infra.rows import Route

STAGE = "v1"
BINARY_MEDIA_TYPES = ("*/*",)
API_ARN = "arn:aws:execute-api:eu-central-1:123456789012:larderapi"

HeaderList = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class HttpRequest:
    """A request as it arrives; `target` is the path with its query, as on the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path below the stage, not decoded; empty when it is not below the stage."""
        path = urlsplit(self.target).path
        return path.removeprefix(f"/{STAGE}") if path.startswith(f"/{STAGE}/") else ""

    def header(self, name: str) -> str | None:
        """Return a header's last value, whatever its name's case."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None


def match(route: Route, request: HttpRequest) -> dict[str, str] | None:
    """Return the parameters of the path, decoded, None when the route is not the request's."""
    wanted, given = route.path.split("/"), request.path.split("/")
    if route.method != request.method or len(wanted) != len(given):
        return None
    parameters: dict[str, str] = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{") and have:
            parameters[want.strip("{}")] = unquote(have)
        elif want != have:
            return None
    return parameters


def proxy_event(
    request: HttpRequest,
    route: Route,
    parameters: Mapping[str, str],
    *,
    request_id: str,
    now: float,
) -> dict[str, Any]:
    """Write the event of a request that came at `now`, before it is authorized."""
    query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    path = unquote(request.path)
    return {
        "resource": route.path,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(request.headers) or None,
        "multiValueHeaders": _multi(request.headers) or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _multi(query) or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "larderapi",
            "domainName": "larderapi.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "larderapi",
            "extendedRequestId": "extended=",
            "httpMethod": request.method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": request.header("user-agent")},
            "path": f"/{STAGE}{path}",
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": round(now * 1000),
            "resourceId": "abc123",
            "resourcePath": route.path,
            "stage": STAGE,
        },
        **_body(request),
    }


def authorizer_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Write what a REQUEST authorizer is asked: the event without its body.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    asked = {key: value for key, value in event.items() if key not in ("body", "isBase64Encoded")}
    method_arn = f"{API_ARN}/{STAGE}/{event['httpMethod']}{event['path']}"
    return {"type": "REQUEST", "methodArn": method_arn, **asked}


def _body(request: HttpRequest) -> dict[str, Any]:
    """Write any body in base64: to the API, every media type is binary.

    A compressed one is decompressed before.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    """
    if not request.body:
        return {"body": None, "isBase64Encoded": False}
    return {"body": b64encode_as_string(request.body), "isBase64Encoded": True}


def _multi(pairs: HeaderList) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return dict(values)
