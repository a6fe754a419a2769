"""One who answers the Files API, and the calls that it is measured with."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import urllib3

from benchmarks.functions.endpoints import FORM_TYPE, form
from benchmarks.servers import Server

MIB = 2**20


@dataclass(frozen=True)
class Peer:
    """A Files API: its name in the tables, where it is, and its process if it is one of its own.

    Args:
        name: As the tables have it.
        base_url: What `/files` is below.
        key: The API key; the twin and OGX want none.
        server: Its process, whose memory is watched; None where there are several, or it is ours.
        has_content: Whether it answers content and deletes; the twin does neither.
    """

    name: str
    base_url: str
    key: str = "none"
    server: Server | None = None
    has_content: bool = True
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False, timeout=120), repr=False
    )

    def create(self, content: bytes) -> str:
        """Store content, and return the file's id."""
        return str(self._call("POST", "/files", form("file", content), FORM_TYPE)["id"])

    def retrieve(self, file_id: str) -> None:
        """Ask for a file."""
        assert self._call("GET", f"/files/{file_id}")["id"] == file_id

    def listing(self, limit: int) -> None:
        """Ask for so many files; there must be that many."""
        found = self._call("GET", f"/files?limit={limit}")["data"]
        assert len(found) == limit, len(found)

    def usage(self) -> dict[str, Any]:
        """Ask for the usage, which Larder alone knows."""
        return self._call("GET", "/usage")

    def refusal(self) -> None:
        """Ask for what nobody answers, which takes no call to AWS."""
        answered = self._send("GET", "/files?limit=many")
        assert 400 <= answered.status < 500, answered.status

    def content(self, file_id: str, size: int) -> None:
        """Read content to its end and forget it; there must be that much."""
        read = sum(map(len, self._content(file_id).stream(MIB)))
        assert read == size, read

    def read(self, file_id: str) -> bytes:
        """Read content, and return it whole."""
        return self._content(file_id).data

    def _content(self, file_id: str) -> urllib3.BaseHTTPResponse:
        """Ask for content, wherever it comes from."""
        answered = self._send("GET", f"/files/{file_id}/content", preload_content=False)
        if answered.status == 302:
            answered.drain_conn()
            location = answered.headers["location"]
            answered = self.http.request("GET", location, preload_content=False)
        assert answered.status == 200, answered.status
        return answered

    def delete(self, file_id: str) -> None:
        """Delete a file."""
        assert self._call("DELETE", f"/files/{file_id}")["deleted"]

    def _call(self, method: str, path: str, body: bytes = b"", kind: str = "") -> dict[str, Any]:
        answered = self._send(method, path, body, kind)
        assert answered.status == 200, f"{self.name}: {answered.status} {answered.data[:300]!r}"
        found: dict[str, Any] = json.loads(answered.data)
        return found

    def _send(
        self, method: str, path: str, body: bytes = b"", kind: str = "", **options: Any
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "*/*"}
        headers |= {"Content-Type": kind} if kind else {}
        url = f"{self.base_url}{path}"
        return self.http.request(
            method, url, body=body or None, headers=headers, redirect=False, **options
        )


def milliseconds(call: Any, times: int) -> float:
    """How long one call takes, the mean of so many."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) * 1000 / times
