"""Each function at work: its event, and its calls to AWS with their answers."""

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import MockRawResponse

from benchmarks.functions.replay import kind_of
from infra.local.gateway_compression import encoded
from infra.routes import ROUTES, keyless_routes
from infra.rows import Function
from tests.bed.bed import Bed, made_bed
from tests.bed.checksums import crc64nvme
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.gateway import handler_of
from tests.bed.proxy_event import HttpRequest, authorizer_event, match, proxy_event
from tests.bed.wire import Call, Send

OWNER = "alice"
Json = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A function's module, an event, how it was answered, and the calls that this took.

    `answers` is what `benchmarks.functions.replay` reads, `calls` what the probe makes without the
    function: those calls of the answer that need nothing of one another.
    """

    name: str
    module: str
    event: Json
    answer: Json
    answers: list[Json] = field(repr=False)
    calls: list[Json] = field(repr=False)

    @property
    def body(self) -> bytes:
        """The answer's body, as the function leaves it to API Gateway."""
        body = str(self.answer["body"])
        return base64.b64decode(body) if self.answer["isBase64Encoded"] else body.encode()

    @property
    def compressed_bytes(self) -> int:
        """The bytes of the answer's body on the wire, for a client that takes gzip."""
        is_compressed = "content-encoding" in self.answer["headers"]
        return len(self.body if is_compressed else encoded(self.body, "gzip"))

    @property
    def operations(self) -> list[str]:
        """What AWS was asked for, in order."""
        return [answer["operation"] for answer in self.answers]


@dataclass
class Recorder:
    """Plays requests on a bed, one function each."""

    bed: Bed

    def ask(
        self,
        target: str,
        body: bytes | Json | None = None,
        *,
        content_type: str = "application/json",
        name: str = "",
    ) -> Scene:
        """Play a request such as "GET /files"; `name` is the function's own unless it is given."""
        method, path = target.split()
        sent = json.dumps(body).encode() if isinstance(body, dict) else body or b""
        key = self.bed.api_key(OWNER)
        headers = [("Authorization", f"Bearer {key}"), ("Accept-Encoding", "gzip, deflate")]
        if sent:
            headers.append(("Content-Type", content_type))
        request = HttpRequest(method, f"/v1{path}", tuple(headers), sent)
        row, event = self._event(request)
        return self.record(row, event, name)

    def _event(self, request: HttpRequest) -> tuple[Function, Json]:
        routes = (*ROUTES, *keyless_routes(preflights=True, console=True))
        for route in routes:
            if (parameters := match(route, request)) is not None:
                now = self.bed.clock()
                event = proxy_event(request, route, parameters, request_id="request", now=now)
                authorizer = {"owner": OWNER, "scopes": "", "principalId": OWNER}
                event["requestContext"]["authorizer"] = authorizer
                return route.function, event
        raise AssertionError(f"no route has {request.target}")

    def id_in(self, scene: Scene) -> str:
        """The id of what was made."""
        return str(json.loads(scene.answer["body"])["id"])

    def authorize(self, row: Function) -> Scene:
        """Play a look-up of the owner's key."""
        headers = (("Authorization", f"Bearer {self.bed.api_key(OWNER)}"),)
        _, event = self._event(HttpRequest("GET", "/v1/files", headers))
        return self.record(row, authorizer_event(event))

    def record(self, row: Function, event: Json, name: str = "") -> Scene:
        """Call a function, and keep what it asks of AWS."""
        answers: list[Json] = []
        calls: list[Json] = []

        def keep(call: Call, send: Send) -> AWSResponse:
            answered = _readable(send())
            answers.append(_answer(call, answered))
            if (parameters := _parameters(call)) is not None:
                bare = {"service": call.service, "operation": call.operation}
                calls.append({**bare, "parameters": parameters})
            return answered

        self.bed.wire.interceptor = keep
        try:
            answer = handler_of(row.handler)(event, None)
        finally:
            self.bed.wire.interceptor = None
        assert answer.get("statusCode", 200) < 400, answer
        module = row.handler.removesuffix(".handler")
        return Scene(name or row.name, module, event, answer, answers, calls)


def _readable(answered: AWSResponse) -> AWSResponse:
    """The same answer, whose body can be read here and by whoever asked for it."""
    content, headers = MockRawResponse(answered.content), HTTPHeaders()
    for name, value in answered.headers.items():
        headers[name] = value
    again = AWSResponse(answered.url, answered.status_code, headers, content)
    assert again.content == answered.content
    content.seek(0)
    return again


def _answer(call: Call, answered: AWSResponse) -> Json:
    request = call.request
    headers = {name.lower(): str(value) for name, value in answered.headers.items()}
    if call.operation in ("PutObject", "UploadPart"):  # as S3 answers, and moto does not always
        headers["x-amz-checksum-crc64nvme"] = crc64nvme(body_of(call))
    if request.method != "HEAD":
        headers.pop("content-length", None)
    asked = {str(name).lower(): _text(value) for name, value in request.headers.items()}
    return {
        "kind": kind_of(str(request.method), str(request.url), asked),
        "service": call.service,
        "operation": call.operation,
        "status": answered.status_code,
        "headers": {name: value for name, value in headers.items() if name != "connection"},
        "body": base64.b64encode(answered.content).decode(),
    }


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def body_of(call: Call) -> bytes:
    """The bytes that a call sends."""
    body: Any = call.request.body or b""
    if hasattr(body, "read"):
        body.seek(0)
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)


def _parameters(call: Call) -> Json | None:
    """What botocore was given to make a call, where the request tells it."""
    if call.service == "dynamodb":
        return call.json()
    if call.operation == "PutObject":
        key = unquote(urlsplit(str(call.request.url)).path).removeprefix("/")
        key = key.removeprefix(f"{CONTENT_BUCKET}/")
        body = base64.b64encode(body_of(call)).decode()
        return {"Bucket": CONTENT_BUCKET, "Key": key, "Body": body}
    return None


Play = Callable[[Recorder], Iterator[Scene]]


def played(play: Play) -> list[Scene]:
    """Play scenes on a bed of their own, at the present moment."""
    logging.disable(logging.CRITICAL)  # the functions', which run in this process meanwhile
    try:
        with made_bed(time.time()) as bed:
            return list(play(Recorder(bed)))
    finally:
        logging.disable(logging.NOTSET)
