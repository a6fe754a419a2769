"""The gateway behind a real socket, for clients that are programs of their own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.bed.gateway import Gateway, HttpResponse
from tests.bed.proxy_event import STAGE, HttpRequest

# Where S3 runs, the host is 127.0.0.1: the SDKs tell origins apart by it, as they must.
HOST = "localhost"


class Answering(Protocol):
    """The gateway, or whoever stands before it."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, whole."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else a body waits 40 ms for the client to acknowledge the headers, which go out before it.
    disable_nagle_algorithm = True
    server: "_Front"

    def answer(self) -> None:
        """Hand a request to the gateway, whole, and send what it answers."""
        body = self._body()
        request = HttpRequest(self.command, self.path, tuple(self.headers.items()), body)
        answered = self.server.gateway.answer(request)
        self.send_response(answered.status)
        length = {"content-length": str(len(answered.body))}  # a HEAD's may be told already
        for name, value in (length | answered.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answered.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's names
    do_PATCH = do_OPTIONS = do_TRACE = do_QUERY = answer  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing: the functions log each request."""


class _Front(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, gateway: Answering) -> None:
        super().__init__((HOST, 0), _Handler)
        self.gateway = gateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client go away in the middle, as some tests do."""


@contextmanager
def http_front(gateway: Answering | None = None) -> Iterator[str]:
    """Serve the gateway on a free port for the length of a `with` block; yields the base URL.

    Without a gateway it is one that lives in real time, which a client in another process, and
    an S3 server that checks signatures, need.
    """
    front = _Front(gateway or Gateway(time.time))
    thread = threading.Thread(target=front.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{front.server_address[1]}/{STAGE}"
    finally:
        front.shutdown()
        front.server_close()
        thread.join()
