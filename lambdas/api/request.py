"""The request, as API Gateway hands it to a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.api.json_object import json_object
from lambdas.core.callers import Caller, caller_of
from lambdas.core.errors import ContentTooLarge, InvalidRequest, LarderError
from lambdas.core.limits import in_words

if TYPE_CHECKING:
    from lambdas.api.form import Form

MAX_JSON_BYTES = 2**20
"""The longest real body completes an upload of 10 000 parts, in 350 KB."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `now` is when API Gateway received it, in seconds since 1970.

    Everything that depends on the time uses `now`, so that a request never sees something expire
    half way.
    """

    event: Mapping[str, Any]
    headers: Mapping[str, str]
    now: float

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        """Read an event; header names become lower case, since gateways differ in that."""
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        milliseconds = event["requestContext"].get("requestTimeEpoch")
        return cls(event, headers, milliseconds / 1000 if milliseconds else time.time())

    @property
    def id(self) -> str:
        """The id that API Gateway gave the request."""
        return str(self.event["requestContext"].get("requestId", ""))

    @property
    def caller(self) -> Caller:
        """Who calls; raises PermissionDenied or InvalidRequest over the `Larder-Owner` header."""
        authorized = self.event["requestContext"]["authorizer"]
        return caller_of(
            str(authorized["owner"]),
            frozenset(str(authorized.get("scopes") or "").split()),
            self.headers.get("larder-owner"),
        )

    @property
    def key_owner(self) -> str | None:
        """Whose API key it carries, None when it carries none that is known."""
        authorized = self.event["requestContext"].get("authorizer") or {}
        return authorized.get("owner")

    @property
    def owner(self) -> str | None:
        """Whose files it is about, None without a key or with a refused header."""
        try:
            return None if self.key_owner is None else self.caller.owner
        except LarderError:
            return None

    @property
    def idempotency_key(self) -> str | None:
        """The `Idempotency-Key` header, if there is one."""
        return self.headers.get("idempotency-key")

    def path(self, name: str) -> str:
        """Return a parameter of the path."""
        return str(self.event["pathParameters"][name])

    def query(self, name: str) -> str | None:
        """Return a parameter of the query, None when it is missing or empty."""
        return (self.event.get("queryStringParameters") or {}).get(name) or None

    def form(self, content: str) -> "Form":
        """Read the body as a multipart form of which this part is the content.

        Raises InvalidRequest.
        """
        from lambdas.api.form import parse_form  # noqa: PLC0415 - hardly any function reads one

        return parse_form(self.headers.get("content-type", ""), self._body(), content=content)

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object, an empty body as an empty one.

        Raises InvalidRequest, or ContentTooLarge beyond `MAX_JSON_BYTES`.
        """
        body = self._body()
        if len(body) > MAX_JSON_BYTES:
            raise ContentTooLarge(
                f"The body has {len(body)} bytes and a JSON object may have at most "
                f"{in_words(MAX_JSON_BYTES)} ({MAX_JSON_BYTES} bytes)."
            )
        try:
            return json_object(body or b"{}")
        except ValueError as error:
            raise InvalidRequest(
                f"The body must be a JSON object (application/json): {error}."
            ) from None

    def _body(self) -> bytes:
        """Return the body's bytes.

        Every media type is binary to the API, so bodies come in base64; only API Gateway's console
        sends text.
        """
        body = self.event.get("body") or ""
        if self.event.get("isBase64Encoded"):
            from pybase64 import b64decode  # noqa: PLC0415 - hardly any function is sent a body

            return b64decode(body, validate=True)
        return body.encode(errors="surrogatepass")  # so that it is refused as invalid UTF-8
