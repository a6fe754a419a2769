"""The front door in this process: its application, as a server would call it, over moto."""

import asyncio
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import httpx2

from front_door.app import Application
from front_door.body import Message
from front_door.service import Service
from infra.stages import LEAST_PART_BYTES
from tests.bed.environment import front_door_as_json
from tests.bed.gateway import HttpResponse, own_answer
from tests.bed.proxy_event import HttpRequest
from tests.bed.wire import Killed

CHUNK = 64 * 1024


class ClientVanished(Exception):
    """The client went away, so nobody has an answer."""


class CutOff(Exception):
    """The connection was cut while an answer was on its way; `received` is what came of it."""

    def __init__(self, status: int, received: bytes) -> None:
        super().__init__(f"{status}, and {len(received)} bytes")
        self.status = status
        self.received = received


class FrontDoor:
    """One process of the front door, which reads its environment when the first request comes.

    Args:
        now: Told to the application as its clock.
        settings: What differs from the environment's `FRONT_DOOR`.

    Attributes:
        taken: How many bytes of the last request's body were read before its answer began.
        drained: How many were read afterwards.
        chunk: Bodies come in pieces of so many bytes.
    """

    def __init__(self, now: Callable[[], float], **settings: Any) -> None:
        self._now = now
        self._settings = settings
        self._running: tuple[Application, Service] | None = None
        self.taken = self.drained = 0
        self.chunk = CHUNK

    def answer(
        self,
        request: HttpRequest,
        *,
        chunk: int | None = None,
        sized: bool = True,
        vanishes_at: int | None = None,
        dies_at: int | None = None,
        reads: int | None = None,
    ) -> HttpResponse:
        """Answer a request as the deployed front door would.

        Args:
            request: What is asked, with all its body.
            chunk: The body comes in pieces of so many bytes, if not as usual.
            sized: The request says how long it is, unless it says already how it comes.
            vanishes_at: The client goes away after so many bytes of the body; without a length it
                is whole only after one more.
            dies_at: The process is killed after so many bytes of the body, and answers nothing.
            reads: The client goes away once it has read so many bytes of the answer's body.

        Raises:
            ClientVanished: It did.
            CutOff: The front door gave up in the middle of its answer.
        """
        application, service = self._started()
        framed = _framed(request, sized=sized)
        connection = _Connection(framed, chunk or self.chunk, vanishes_at, dies_at, reads)
        try:
            asyncio.run(connection.run(application))
        except Killed:
            # What the process was sending has left it, or not; then it is no more.
            service.threads._pool.shutdown()
            self.restart()
            if connection.started:
                raise CutOff(connection.status, bytes(connection.received)) from None
            return own_answer("INTEGRATION_FAILURE", 502, str(uuid.uuid4()))
        finally:
            self.taken, self.drained = connection.read_first, connection.drained
        return connection.answered()

    def restart(self) -> None:
        """Have another process from the next request on, which reads its environment anew."""
        self._running = None

    @contextmanager
    def with_settings(self, **settings: Any) -> Iterator[None]:
        """Run it with other settings; moto takes parts smaller than S3's if they say so."""
        before, self._settings = self._settings, {**self._settings, **settings}
        self.restart()
        with ExitStack() as stack:
            if settings.get("part_bytes", LEAST_PART_BYTES) < LEAST_PART_BYTES:
                stack.enter_context(patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1))
            yield
        self._settings = before
        self.restart()

    def _started(self) -> tuple[Application, Service]:
        if self._running is None:
            settings = json.loads(os.environ["FRONT_DOOR"])
            changed = {"FRONT_DOOR": front_door_as_json(**{**settings, **self._settings})}
            with patch.dict(os.environ, changed):
                service = Service.from_environment(self._now)
            self._running = Application(service), service
        return self._running


def _framed(request: HttpRequest, *, sized: bool) -> HttpRequest:
    """Have a request say how its body comes, as HTTP/1.1 does."""
    names = {name.lower() for name, _ in request.headers}
    if not sized:
        kept = [each for each in request.headers if each[0].lower() != "content-length"]
        framing = [("transfer-encoding", "chunked")] if "transfer-encoding" not in names else []
    else:
        kept = list(request.headers)
        framing = [("content-length", str(len(request.body)))]
        if not request.body or names & {"content-length", "transfer-encoding"}:
            framing = []
    return HttpRequest(request.method, request.target, (*kept, *framing), request.body)


def as_sent(request: httpx2.Request) -> HttpRequest:
    """Write a client's request as it comes to a server."""
    headers = tuple((name.decode(), value.decode()) for name, value in request.headers.raw)
    return HttpRequest(request.method, request.url.raw_path.decode(), headers, request.read())


class _Connection:
    """One request on its way in, and its answer on its way out, as uvicorn hands them over."""

    def __init__(
        self,
        request: HttpRequest,
        chunk: int,
        vanishes_at: int | None,
        dies_at: int | None,
        reads: int | None,
    ) -> None:
        self.request = request
        self.taken = 0
        self.started = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.received = bytearray()
        self._chunk = chunk
        self._vanishes_at = vanishes_at
        self._dies_at = dies_at
        self._reads = reads
        self._taken_first: int | None = None
        self._ended = False
        self._aborted = False
        self._said_all = False
        self._gone = asyncio.Event()

    @property
    def read_first(self) -> int:
        """How many bytes were read before the answer began."""
        return self.taken if self._taken_first is None else self._taken_first

    @property
    def drained(self) -> int:
        """How many bytes were read behind that."""
        return self.taken - self.read_first

    async def run(self, application: Application) -> None:
        """Have the application answer."""
        try:
            await application(self._scope(), self._receive, self._send)
        finally:
            self._gone.set()

    def answered(self) -> HttpResponse:
        """Return what came back; raises when it did not come whole."""
        vanished = self._vanishes_at is not None
        if vanished or (self._reads is not None and len(self.received) > self._reads):
            raise ClientVanished
        if self._aborted:
            raise CutOff(self.status, bytes(self.received))
        assert self._ended, "the application returned without an answer"
        if self.request.method == "HEAD" or self.status == 304:
            return HttpResponse(self.status, self.headers, b"")
        length = self.headers["content-length"]
        assert length == str(len(self.received)), f"{len(self.received)} bytes, not {length}"
        return HttpResponse(self.status, self.headers, bytes(self.received))

    def _scope(self) -> dict[str, Any]:
        path, query = urlsplit(self.request.target)[2:4]
        return {
            "type": "http",
            "method": self.request.method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in self.request.headers
            ],
            "state": {"abort": self._abort},
        }

    def _abort(self) -> None:
        self._aborted = True
        self._gone.set()

    async def _receive(self) -> Message:
        if self._said_all or self._gone.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        if self.taken == self._dies_at:
            raise Killed
        body, stop = self.request.body, self.taken + self._chunk
        if self._dies_at is not None:
            stop = min(stop, self._dies_at)
        if self._vanishes_at is not None and stop >= self._vanishes_at:
            stop = self._vanishes_at
            self._gone.set()
        piece, self.taken = body[self.taken : stop], min(stop, len(body))
        chunked = any(name.lower() == "transfer-encoding" for name, _ in self.request.headers)
        self._said_all = stop > len(body) or (stop == len(body) and not chunked)
        if self._gone.is_set() and not piece and not self._said_all:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": not self._said_all}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set():
            return  # as uvicorn does: the application learns it when it receives
        if message["type"] == "http.response.start":
            assert not self.started
            self.started, self.status = True, message["status"]
            self._taken_first = self.taken
            self.headers = {
                name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]
            }
            return
        assert self.started
        assert not self._ended, "more comes behind the answer's end"
        self.received += message.get("body", b"")
        self._ended = not message.get("more_body", False)
        if self._reads is not None and len(self.received) > self._reads:
            self._gone.set()
