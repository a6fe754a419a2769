"""An AWS on loopback that gives recorded answers, over and over. Run as a program of its own.

    python -m benchmarks.functions.replay answers.json

It prints its port. Which answer comes next depends on the kind of call alone, so that whoever calls
in another order, or with other ids, is answered too.
"""

import base64
import json
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def kind_of(method: str, target: str, headers: Mapping[str, str]) -> str:
    """Name a call: DynamoDB's by its operation, S3's by its method and the names in its query."""
    if operation := headers.get("x-amz-target"):
        return operation.rpartition(".")[2]
    query = parse_qsl(urlsplit(target).query, keep_blank_values=True)
    return " ".join([method, *sorted(name for name, _ in query)])


class Answers:
    """Recorded answers by the kind of call, each kind from the first again after the last."""

    def __init__(self, recorded: list[dict[str, Any]]) -> None:
        kinds = {answer["kind"] for answer in recorded}
        of_kind = {kind: [one for one in recorded if one["kind"] == kind] for kind in kinds}
        self._next = {kind: cycle(answers) for kind, answers in of_kind.items()}
        self._lock = threading.Lock()

    def to(self, kind: str) -> tuple[int, dict[str, str], bytes]:
        """The next answer to a call: status, headers and body; nobody knows a call is a 501."""
        with self._lock:
            if kind not in self._next:
                return 501, {}, f"no answer to {kind} was recorded".encode()
            answer = next(self._next[kind])
        return answer["status"], answer["headers"], base64.b64decode(answer["body"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else a body waits 40 ms for the client to acknowledge the headers, which go out before it.
    disable_nagle_algorithm = True
    server: "_Aws"

    def answer(self) -> None:
        """Take a request, whole, and give the next answer to its kind."""
        if self.headers.get("expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, given, body = self.server.answers.to(kind_of(self.command, self.path, headers))
        self.send_response(status)
        # A HEAD's tells the length of what is not sent.
        for name, value in ({"content-length": str(len(body))} | given).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's names

    def handle_expect_100(self) -> bool:
        """Leave it to `answer`."""
        return True

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class _Aws(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a process end with its connections open, as each one does."""


def main() -> None:
    """Serve until this is stopped."""
    with _Aws(Answers(json.loads(Path(sys.argv[1]).read_bytes()))) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
