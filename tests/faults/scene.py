"""What a scenario is made of: people who did things before, and one request or event to look at."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx2
from botocore.awsrequest import AWSResponse

from front_door.app import CLIENT_CLOSED_REQUEST
from infra.routes import REAP
from lambdas.core.idempotency import LEASE_SECONDS
from tests.bed.bed import Bed, functions_anew, made_bed
from tests.bed.environment import front_door_as_json, limits_as_json
from tests.bed.front_door import ClientVanished, as_sent
from tests.bed.gateway import handler_of
from tests.bed.lagging import lagging
from tests.bed.proxy_event import HttpRequest
from tests.bed.stream import Record
from tests.bed.wire import Call, Killed, Send, Wire
from tests.bed.witness import Witness

# Long past, so that the reaper's markers, whose end is by the real clock, outlast every scenario.
BEGINNING = 1_700_000_000
PART = 2**20
"""The least that a session's presigned parts have, whatever the stage says."""
MOST_PARTS = 4
"""How many parts a session takes through the API."""
ALL = range(1000)
"""Of a scenario's calls, by their numbers."""
PIECE = 2000
"""What the front door sends to S3 at once."""


@dataclass(frozen=True)
class Answers:
    """The statuses of the answers to one request, and whether one reported its key in use."""

    statuses: list[int]
    key_in_use: bool = False


@dataclass(frozen=True)
class Asked:
    """The request to look at, what a file has that it may create, and what others do meanwhile.

    `also` are statuses that its last answer may have instead, after a fault. Faults hit those of
    its calls that are `struck`; the others are as in another scenario.
    """

    by: Witness
    request: httpx2.Request
    content: bytes = b""
    during: AbstractContextManager[object] = field(default_factory=nullcontext)
    also: frozenset[int] = frozenset()
    struck: range = ALL

    @property
    def keyed(self) -> bool:
        """Whether the request carries an Idempotency-Key."""
        return "Idempotency-Key" in self.request.headers

    def happen(self, striking: AbstractContextManager[object]) -> Answers:
        """Ask as the SDKs do, the first time struck, and once more when its key is free."""

        @contextmanager
        def first() -> Iterator[None]:
            with self.during, striking:
                yield

        answers = self.by.ask(self.request, self.content, first())
        in_use = any("idempotency_key_in_use" in answer.text for answer in answers)
        if in_use:
            self.by.bed.clock.move(seconds=LEASE_SECONDS + 1)  # whoever had the key has died
            answers += self.by.ask(self.request, self.content)
        return Answers([answer.status_code for answer in answers], in_use)


@dataclass(frozen=True)
class Delivered:
    """The batch of the stream's records to look at."""

    bed: Bed
    batch: list[Record]
    also: frozenset[int] = frozenset()
    keyed: bool = False
    struck: range = ALL

    def happen(self, striking: AbstractContextManager[object]) -> Answers:
        """Deliver the batch, struck, then what failed, as often as Lambda does; 0 are left over."""
        failed = self.batch  # Lambda delivers again whatever was raised.
        with suppress(Exception, Killed), striking:
            failed = self._failed()
        self.bed.stream.deliver(failed)
        return Answers([len(self.bed.stream.dead_letters)])

    def _failed(self) -> list[Record]:
        """Call the reaper with the batch and return the records from the first that failed on."""
        answer = handler_of(REAP.handler)({"Records": self.batch}, None)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self.batch]
        return self.batch[min(map(numbers.index, failed), default=len(numbers)) :]


@dataclass(frozen=True)
class Vanishing:
    """The request to look at, sent to the front door by who goes away after so many bytes."""

    bed: Bed
    request: HttpRequest
    at: int
    also: frozenset[int] = frozenset({502})
    keyed: bool = False
    struck: range = ALL

    def happen(self, striking: AbstractContextManager[object]) -> Answers:
        """Send it, struck, as far as it comes."""
        with striking:
            try:
                answered = self.bed.front_door.answer(self.request, vanishes_at=self.at)
            except ClientVanished:
                return Answers([CLIENT_CLOSED_REQUEST])
            return Answers([answered.status])


Act = Asked | Delivered | Vanishing


@dataclass
class Scene:
    """A deployment in which alice, bob and a service that acts for alice do things.

    If it `is_checked`, `larder admin check` must find nothing but what a function has stored and
    could not tell anybody of.
    """

    bed: Bed
    alice: Witness
    bob: Witness
    service: Witness
    is_checked: bool = False

    def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Asked:
        """Let alice ask something."""
        request = self.alice.http.build_request(method, path, json=body, headers=headers)
        return Asked(self.alice, request)

    def at_the_front_door(self) -> Witness:
        """Have alice's requests go through the front door from now on, whatever their size is."""
        self.alice.http = self.bed.through("front_door").http_of("alice")
        self.alice.http.head("/files/file-x/content")  # from here on it remembers alice's key
        self.bed.front_door.chunk = PIECE // 4
        self.is_checked = True
        return self.alice

    def vanishes(self, request: httpx2.Request, at: int) -> Vanishing:
        """Let alice send something to the front door, and go away after so many bytes."""
        return Vanishing(self.bed, as_sent(request), at)

    def upload(self, content: bytes, **fields: Any) -> str:
        """Begin a session of alice's for this content and return its id."""
        begun = self.alice.post("/uploads", upload_of(content, **fields))
        return str(begun.json()["id"])

    def send_inline(self, upload_id: str, *parts: bytes) -> list[str]:
        """Send parts through the API and return their ids."""
        path = f"/uploads/{upload_id}/parts"
        sent = [self.alice.http.post(path, files={"data": ("data", part)}) for part in parts]
        return [str(answer.json()["id"]) for answer in sent]

    def send_presigned(self, upload_id: str, content: bytes) -> list[str]:
        """Send a session's content straight to the bucket and return the ids of its parts."""
        numbers = list(range(1, -(-len(content) // PART) + 1))
        body = {"part_numbers": numbers}
        urls = self.alice.post(f"/uploads/{upload_id}/part_urls", body).json()["data"]
        for entry in urls:
            start = (entry["part_number"] - 1) * PART
            part = content[start : start + entry["bytes"]]
            sent = self.bed.request("PUT", entry["url"], entry["headers"].items(), part)
            assert sent.status == 200, sent.body
        return [f"part_{number:05d}" for number in numbers]

    def completes(self, upload_id: str, part_ids: list[str], content: bytes, **more: Any) -> Asked:
        """Let alice complete a session; `key` is an Idempotency-Key, the rest is the body's."""
        headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
        body = {"part_ids": part_ids, **more}
        request = self.alice.http.build_request(
            "POST", f"/uploads/{upload_id}/complete", json=body, headers=headers
        )
        return Asked(self.alice, request, content)

    def complete(self, upload_id: str, part_ids: list[str], content: bytes) -> None:
        """Complete a session."""
        asked = self.completes(upload_id, part_ids, content)
        assert asked.happen(nullcontext()) == Answers([200])

    def delivers(self) -> Delivered:
        """Let the stream deliver what was removed so far."""
        batch = self.bed.stream.take()
        assert batch, "nothing was removed"
        return Delivered(self.bed, batch)


def upload_of(content: bytes, **fields: Any) -> dict[str, Any]:
    """Say what a session is to be."""
    return {
        "filename": "batch.jsonl",
        "purpose": "batch",
        "bytes": len(content),
        "mime_type": "application/jsonl",
        "expires_after": {"anchor": "created_at", "seconds": 3600},
        **fields,
    }


@contextmanager
def made_scene() -> Iterator[Scene]:
    """Deploy, and give alice, bob and the service their keys."""
    with lagging(), made_bed(BEGINNING) as bed:
        alice, bob = Witness(bed, "alice"), Witness(bed, "bob")
        alice.get("/files?limit=1")  # from here on the authorizer's answer is cached
        yield Scene(bed, alice, bob, Witness(bed, "batch-system", acting_for="alice"))


@contextmanager
def dying_after(wire: Wire, operation: str) -> Iterator[None]:
    """Kill the function when this operation has acted, such as `CompleteMultipartUpload`."""

    def interceptor(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == operation:
            raise Killed
        return answered

    wire.interceptor = interceptor
    try:
        yield
    finally:
        wire.interceptor = None


@contextmanager
def small_parts() -> Iterator[None]:
    """Deploy with smaller parts than S3 takes, and few of them; moto takes them when told to.

    The front door stores one at a time, for calls are struck by their number.
    """
    limits = {**json.loads(limits_as_json()), "part_bytes": PART, "parts_per_upload": MOST_PARTS}
    front_door = front_door_as_json(part_bytes=PIECE, parts_at_once=1)
    settings = {"LIMITS": json.dumps(limits), "FRONT_DOOR": front_door}
    smallest = patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    with patch.dict(os.environ, settings), smallest, functions_anew():
        yield


Scenario = Callable[[Scene], Act]
"""Does what was before and returns the request or event to look at; its name says it all."""
