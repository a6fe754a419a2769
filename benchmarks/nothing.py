"""A Files API that does nothing: what a client reaches at most, whatever is behind it.

It forgets what it is sent, and sends the file of that name from the clients' directory.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_READ_BYTES = 2**20
_HEAD_BYTES = 512  # of a form, in which the filename is


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, directory: Path, *arguments: Any) -> None:
        self._directory = directory
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Read a form; the File is named as the file was."""
        left = int(self.headers["content-length"]) - _HEAD_BYTES
        named = re.search(rb'filename="(.+?)"', self.rfile.read(_HEAD_BYTES))
        assert named, "the form begins otherwise"
        room = memoryview(bytearray(_READ_BYTES))
        while left:
            left -= self.rfile.readinto(room[: min(left, len(room))])
        self._answer({"id": named[1].decode(), "object": "file"})

    def do_GET(self) -> None:
        """Send the content of `/v1/files/{name}/content`."""
        path = self._directory / self.path.split("/")[-2]
        self.send_response(200)
        self.send_header("content-length", str(path.stat().st_size))
        self.end_headers()
        self.wfile.flush()
        with path.open("rb") as file:
            self.connection.sendfile(file)

    def do_DELETE(self) -> None:
        """Say that it is done."""
        self._answer({"id": self.path.split("/")[-1], "object": "file", "deleted": True})

    def _answer(self, content: dict[str, object]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def running_nothing(directory: Path) -> Iterator[str]:
    """Serve it for the length of a `with` block; yields the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
