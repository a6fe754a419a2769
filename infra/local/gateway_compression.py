"""Compression as by API Gateway, which the emulator lacks; uses only the standard library.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

import gzip
import re
import zlib
from collections.abc import Iterable

from infra.local.asgi import App, Message, Receive, Send

Headers = Iterable[tuple[bytes, bytes]]

API_PATH = "/_aws/execute-api/"
# The same as infra.constructs.rest_api.LEAST_COMPRESSED_BYTES, which a test checks.
LEAST_BYTES = 1024

_CODING = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.ASCII)


def encoding_of(accept_encoding: str) -> str | None:
    """Return the encoding for a client: its first choice, if API Gateway knows it."""
    found = [_CODING.fullmatch(part) for part in accept_encoding.split(",")]
    choices = [(coding[1].lower(), float(coding[2] or 1)) for coding in found if coding]
    best = max(choices, key=lambda choice: choice[1], default=("", 0.0))
    return best[0] if best[0] in ("gzip", "deflate") and best[1] > 0 else None


def encoded(body: bytes, encoding: str) -> bytes:
    """Compress a body."""
    return gzip.compress(body, 6, mtime=0) if encoding == "gzip" else zlib.compress(body)


def decoded(body: bytes, encoding: str) -> bytes:
    """Decompress a body; raises ValueError when it is not compressed in this way."""
    try:
        if encoding == "gzip":
            return gzip.decompress(body)
        if encoding == "deflate":
            stream = zlib.decompressobj()
            content = stream.decompress(body)
            if not stream.eof or stream.unused_data:
                raise ValueError("no whole stream, or more than one")
            return content
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from error
    raise ValueError(encoding)


def compressing(app: App) -> App:
    """Wrap the emulator, so that its API compresses answers for clients that accept it.

    Compressed requests are decompressed. One that is not compressed as its header says passes
    unchanged, and the function refuses it, where API Gateway answers 415. Without an Accept header
    a client accepts anything, but the emulator would take that for nothing binary.
    """

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API_PATH):
            await app(scope, receive, send)
            return
        if _value(scope["headers"], b"accept") is None:
            scope["headers"] = [*scope["headers"], (b"accept", b"*/*")]
        accepted = _value(scope["headers"], b"accept-encoding") or b""
        receive = await _decompressing(scope, receive)
        encoding = None if scope["method"] == "HEAD" else encoding_of(accepted.decode("latin-1"))
        await app(scope, receive, _sending(send, encoding) if encoding else send)

    return answer


async def _decompressing(scope: Message, receive: Receive) -> Receive:
    """Decompress a compressed body, and correct the Content-Length."""
    coding = (_value(scope["headers"], b"content-encoding") or b"").decode("latin-1")
    if coding not in ("gzip", "deflate"):
        return receive
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    try:
        content = decoded(bytes(body), coding)
    except ValueError:
        content = bytes(body)
    framing = (b"content-length", b"transfer-encoding")
    kept = [each for each in scope["headers"] if each[0].lower() not in framing]
    scope["headers"] = [*kept, (b"content-length", str(len(content)).encode())]
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _sending(send: Send, encoding: str) -> Send:
    """Hold an answer until it is whole, as the emulator itself does, and send it compressed."""
    start: Message = {}
    body = bytearray()

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        content = bytes(body)
        if len(content) >= LEAST_BYTES and not _value(start["headers"], b"content-encoding"):
            content = encoded(content, encoding)
            kept = [each for each in start["headers"] if each[0].lower() != b"content-length"]
            length = (b"content-length", str(len(content)).encode())
            start["headers"] = [*kept, (b"content-encoding", encoding.encode()), length]
        await send(start)
        await send({"type": "http.response.body", "body": content})

    return take


def _value(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)
