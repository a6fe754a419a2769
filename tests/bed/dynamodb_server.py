"""The bed's DynamoDB behind a real socket, for a front door that is a process of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from tests.bed.aws import functions_wire
from tests.bed.environment import REGION
from tests.bed.wire import Call

HOST = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else a body waits 40 ms for the client to acknowledge the headers, which go out before it.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a call as the functions' own clients are answered."""
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = value
        url = f"https://dynamodb.{REGION}.amazonaws.com{self.path}"
        request = AWSPreparedRequest("POST", url, headers, body, stream_output=False)
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        answered = functions_wire.pass_on(Call("dynamodb", operation, request))
        try:
            self._send(answered)
        except ConnectionError:  # the client has given up meanwhile
            self.close_connection = True

    def _send(self, answered: AWSResponse) -> None:
        self.send_response(answered.status_code)
        for name, value in answered.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("content-length", str(len(answered.content)))
        self.end_headers()
        self.wfile.write(answered.content)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def running_dynamodb() -> Iterator[str]:
    """Serve on a free port for the length of a `with` block; yields AWS_ENDPOINT_URL_DYNAMODB."""
    server = ThreadingHTTPServer((HOST, 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
