"""Writes down each request of some clients: when it was sent and answered, and with what."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2

from tests.histories.operation import NEVER, History, Operation
from tests.histories.reading import READS, asked_by, digest_of, kind_of, part_of, told_by

_SETTLED = ("busy", "idempotency_key_in_use")
"""Codes that say that nothing was done, but for what has several steps."""
_OF_SEVERAL_STEPS = ("stage", "complete")


class Recorder:
    """Has the operations of all clients that send by a transport of its.

    Args:
        clock: The API's own, in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.operations: list[Operation] = []
        self._clock = clock
        self._parts: dict[str, bytes] = {}

    def watch(self, owner: str, way: str, transport: httpx2.BaseTransport) -> httpx2.BaseTransport:
        """Make a transport that sends by another, and writes down what it sends.

        Of the ways there are, `front_door` matters: it sends large forms to S3 in pieces.
        """
        return _Watched(self, owner, way, transport)

    def history(self, *, tolerance: int, piece: int = 0, recounts: int = 0) -> History:
        """Return what was written down so far; see History."""
        return History([*self.operations], tolerance, piece, recounts)

    def ask(
        self, owner: str, way: str, request: httpx2.Request, send: Callable[[], httpx2.Response]
    ) -> httpx2.Response:
        """Send a request and write it down, whatever comes of it."""
        request.read()
        named = kind_of(request)
        start, earliest = time.monotonic(), self._clock()
        response: httpx2.Response | None = None
        try:
            response = send()
            response.read()
        finally:
            if named is not None and (response is not None or named[0] not in READS):
                times = (start, time.monotonic(), earliest, self._clock())
                operation = self._read(owner, named, request, response, times)
                asked = {**operation.asked, "door": way == "front_door"}
                self.operations.append(replace(operation, asked=asked))
        return response

    @contextmanager
    def event(self, owner: str, kind: str, *identifiers: str) -> Iterator[list[str]]:
        """Write down what happens to items without a request, by their ids: TTL, the reaper.

        Ids that turn out to be meant only in the `with` block are added to what it yields.
        """
        start, earliest = time.monotonic(), self._clock()
        found = [*identifiers]
        yield found
        times = (start, time.monotonic(), earliest, self._clock())
        self.operations += [Operation(owner, kind, one, *times, 200) for one in found]

    def _read(
        self,
        owner: str,
        named: tuple[str, str],
        request: httpx2.Request,
        response: httpx2.Response | None,
        times: tuple[float, float, float, float],
    ) -> Operation:
        kind, identifier = named
        start, end, earliest, latest = times
        asked = asked_by(kind, request)
        told = {} if response is None else told_by(kind, request, response)
        status = 0 if response is None else response.status_code
        if kind == "stage" and status == 200:
            self._parts[told["id"]] = part_of(request)
        if kind == "complete":
            asked |= self._joined(asked)
        if status in (0, *range(500, 600)) and not _is_settled(kind, told):
            end = NEVER
        return Operation(owner, kind, identifier, start, end, earliest, latest, status, asked, told)

    def _joined(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say what the parts that a complete names make, if they all came through the API."""
        parts = [self._parts.get(part_id) for part_id in asked.get("part_ids", [])]
        content = b"".join(part for part in parts if part is not None)
        if None in parts:
            return {}
        md5 = asked.get("md5", "").lower()
        is_right = md5 in ("", hashlib.md5(content).hexdigest())
        return {"digest": digest_of(content), "is_md5_right": is_right}


def _is_settled(kind: str, told: dict[str, Any]) -> bool:
    return told.get("code") in _SETTLED and kind not in _OF_SEVERAL_STEPS


class _Watched(httpx2.BaseTransport):
    def __init__(
        self, recorder: Recorder, owner: str, way: str, transport: httpx2.BaseTransport
    ) -> None:
        self._recorder = recorder
        self._owner = owner
        self._way = way
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and write it down."""
        send = self._transport.handle_request
        return self._recorder.ask(self._owner, self._way, request, lambda: send(request))

    def close(self) -> None:
        """Close what it sends by."""
        self._transport.close()
