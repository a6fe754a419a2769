"""An HTTP server on a free port, with faults on demand."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.client.fakes.faults import Fault, Faults


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Server = TypeVar("Server", bound="FakeServer")
Answerer = Callable[[Request], Response]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else head and body go in two packets, the second after the client's delayed ACK.
    disable_nagle_algorithm = True
    server: "FakeServer"

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        fault = self.server.faults.next(f"{self.command} {url.path}")
        length = int(self.headers.get("content-length", 0))
        if fault and fault.kind == "hold":
            fault.released.wait(60)
        if fault and fault.kind in {"reset", "hold"}:
            self.rfile.read(min(fault.after_bytes, length))
            self.reset()
            return
        if fault and fault.kind == "trickle":
            body = self.trickled(fault, length)
        else:
            body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        if fault and fault.kind == "status":
            self.answer(Response(fault.status, fault.body, fault.headers))
            return
        response = self.server.answerer(self.request_of(body))
        if fault and fault.kind == "lost":
            self.reset()
            return
        if fault and fault.alter:
            self.answer(fault.alter(response))
            return
        self.answer(response, fault)

    do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = handle_any  # noqa: N815 - http.server's

    def request_of(self, body: bytes) -> Request:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, url.path, dict(parse_qsl(url.query)), headers, body)

    def trickled(self, fault: Fault, length: int) -> bytes:
        body = bytearray()
        while piece := self.rfile.read(min(length // 8, length - len(body))):
            body += piece
            fault.released.wait(fault.seconds / 8)
        return bytes(body)

    def answer(self, response: Response, fault: Fault | None = None) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if fault is not None:
            self.wfile.write(response.body[: fault.after_bytes])
            self.close_connection = True
            return
        self.wfile.write(response.body)

    def reset(self) -> None:
        """Closes the connection as a crash would: with RST."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()
        self.rfile = self.wfile = _Closed()  # type: ignore[assignment]

    def log_message(self, *arguments: Any) -> None:
        pass


class _Closed:
    closed = True

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, answerer: Answerer, handler: type["Handler"] = Handler) -> None:
        super().__init__((host, 0), handler)
        self.answerer = answerer
        self.faults = Faults()
        self.connections = 0

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what many tests are about."""


@contextmanager
def serving(host: str, answerer: Answerer) -> Iterator[FakeServer]:
    with running(FakeServer(host, answerer)) as server:
        yield server


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.faults.release()
        server.shutdown()
        server.server_close()
        thread.join()
