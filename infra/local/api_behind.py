"""Passes requests that the front door does not answer on to the emulator's API.

Requests and answers pass unchanged, each as a whole, since API Gateway has no large ones. Errors
that API Gateway would answer by itself, and the emulator does not, are answered here.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import h11

from infra.gateway_answers import GatewayAnswer
from infra.local.asgi import Message, Receive, Send

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
LARGEST_REQUEST = 10 * 2**20
ANSWER_SECONDS = 120.0  # not API Gateway's 29: this machine may be busy
BASE_PATH = "/v1"

Headers = Sequence[tuple[bytes, bytes]]

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_NOT_SENT_ON = _HOP_BY_HOP | {b"content-length", b"expect", b"host"}
_NOT_SENT_BACK = _HOP_BY_HOP | {b"date"}  # uvicorn writes its own


class ApiBehind:
    """An ASGI application that passes requests on to the API.

    Args:
        url: The API's base URL, whose last segment is the base path that requests begin with.
        answers: What API Gateway answers by itself; see `infra.gateway_answers`.
        answer_seconds: How long to wait for an answer.
    """

    def __init__(
        self,
        url: str,
        answers: Iterable[GatewayAnswer],
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "", parts.port or 80
        self._host = parts.netloc.encode()
        self._prefix = parts.path.removesuffix(BASE_PATH).encode()
        self._answers = {answer.kind: answer for answer in answers}
        self._answer_seconds = answer_seconds

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on to the API, and its answer back."""
        path: bytes = scope["raw_path"]
        if path != BASE_PATH.encode() and not path.startswith(f"{BASE_PATH}/".encode()):
            await self._refuse("MISSING_AUTHENTICATION_TOKEN", send)
            return
        try:
            body = await _whole(receive)
            request = self._request(scope, body)
            async with asyncio.timeout(self._answer_seconds):
                answer, content = await self._ask(request, body)
        except _TooLargeError:
            await self._refuse("REQUEST_TOO_LARGE", send)
        except _GoneError:
            pass
        except TimeoutError:
            await self._refuse("INTEGRATION_TIMEOUT", send)
        except (OSError, h11.RemoteProtocolError):
            await self._refuse("INTEGRATION_FAILURE", send)
        else:
            await _answer(answer.status_code, _kept(answer.headers, _NOT_SENT_BACK), content, send)

    def _request(self, scope: Message, body: bytes) -> h11.Request:
        query: bytes = scope["query_string"]
        target = self._prefix + scope["raw_path"] + (b"?" + query if query else b"")
        headers = [(b"host", self._host), *_kept(scope["headers"], _NOT_SENT_ON)]
        if body or any(name == b"content-length" for name, _ in scope["headers"]):
            headers.append((b"content-length", str(len(body)).encode()))
        headers.append((b"connection", b"close"))
        return h11.Request(method=scope["method"], target=target, headers=headers)

    async def _ask(self, request: h11.Request, body: bytes) -> tuple[h11.Response, bytes]:
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            line = h11.Connection(h11.CLIENT)
            for event in (request, h11.Data(body), h11.EndOfMessage()):
                writer.write(line.send(event) or b"")
            return await _read_answer(line, reader)
        finally:
            writer.close()

    async def _refuse(self, kind: str, send: Send) -> None:
        refusal = self._answers[kind]
        headers = refusal.headers_of(str(uuid.uuid4()))
        content = refusal.body.encode()
        headers["content-length"] = str(len(content))
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await _answer(refusal.status or 500, encoded, content, send)


class _TooLargeError(Exception):
    """The request is larger than API Gateway takes."""


class _GoneError(Exception):
    """The client has left before its request was whole."""


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        body += message.get("body", b"")
        if len(body) > LARGEST_REQUEST:
            raise _TooLargeError
        if not message.get("more_body", False):
            return bytes(body)


async def _read_answer(
    line: h11.Connection, reader: asyncio.StreamReader
) -> tuple[h11.Response, bytes]:
    answer: h11.Response | None = None
    content = bytearray()
    while True:
        event = line.next_event()
        if event is h11.NEED_DATA:
            line.receive_data(await reader.read(2**18))
        elif isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            content += event.data
        elif isinstance(event, h11.EndOfMessage) and answer is not None:
            return answer, bytes(content)


def _kept(headers: Iterable[tuple[bytes, bytes]], dropped: set[bytes]) -> list[tuple[bytes, bytes]]:
    """The headers except these, and except those that the header `connection` names."""
    all_headers = list(headers)
    named = {
        name.strip().lower()
        for header, value in all_headers
        if header.lower() == b"connection"
        for name in value.split(b",")
    }
    return [each for each in all_headers if each[0].lower() not in dropped | named]


async def _answer(status: int, headers: Headers, content: bytes, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
