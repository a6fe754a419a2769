"""The test bed: a deployment in this process, and clients of it."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal, Protocol
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import httpx2
import openai

from infra.local.routing import goes_to_front_door
from lambdas.core.file import File
from larder.admin.deployment import Deployment
from larder.admin.keys import KeyTable
from larder.admin.quota import QuotaTable
from tests.bed.aws import fresh_aws, functions_wire
from tests.bed.bucket import Bucket
from tests.bed.clock import Clock
from tests.bed.environment import (
    API_KEYS_TABLE,
    CATALOG_TABLE,
    CONTENT_BUCKET,
    limits_as_json,
)
from tests.bed.front_door import FrontDoor
from tests.bed.gateway import Gateway, HttpResponse
from tests.bed.proxy_event import STAGE, HttpRequest
from tests.bed.stock import stock
from tests.bed.stream import Stream
from tests.bed.wire import Wire

ORIGIN = "https://larderapi.execute-api.eu-central-1.amazonaws.com"
BASE_URL = f"{ORIGIN}/{STAGE}"

Way = Literal["gateway", "front_door", "edge"]
"""The gateway takes everything; the front door all that it has a route for; the edge chooses."""


Watch = Callable[[str, Way, httpx2.BaseTransport], httpx2.BaseTransport]
"""Puts something between the clients of an owner, by one way, and the deployment."""


class PresignedBucket(Protocol):
    """The content bucket as whoever holds a presigned URL sees it."""

    url: str

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> HttpResponse:
        """Answer a request that carries its signature in the URL."""


@dataclass
class Bed:
    """One deployment, empty at first.

    `session` is the tests' own way to AWS, `wire` that of the functions and the front door, where
    their calls are counted and may be made to fail. Requests take one `way`; see `through`. What
    `watch` returns stands before all clients that are made from then on.
    """

    session: boto3.Session
    clock: Clock
    gateway: Gateway
    bucket: PresignedBucket
    stream: Stream
    wire: Wire = field(default=functions_wire)
    way: Way = "gateway"
    watch: Watch = lambda owner, way, transport: transport
    _keys: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put up the front door."""
        self.front_door = FrontDoor(self.clock)

    def through(self, way: Way) -> "Bed":
        """The same deployment, to which all requests take this way."""
        bed = copy(self)
        bed.way = way
        return bed

    @property
    def deployment(self) -> Deployment:
        """The deployment as `larder admin` finds it."""
        return Deployment("test", self.session, CATALOG_TABLE, API_KEYS_TABLE, CONTENT_BUCKET)

    def api_key(self, owner: str, *, scopes: tuple[str, ...] = ()) -> str:
        """An API key of an owner, made by the operator's own code."""
        if (owner, scopes) not in self._keys:
            _, secret = KeyTable(self.deployment).create(owner=owner, scopes=scopes)
            self._keys[owner, scopes] = secret
        return self._keys[owner, scopes]

    def client_of(
        self, owner: str, *, acting_for: str | None = None, strict: bool | None = None
    ) -> openai.OpenAI:
        """The unmodified SDK with an owner's key; acting for another it is a service's key.

        Strict, it takes no answer that is not of its declared type; a service's is not, since
        those types spell `batch-output` otherwise.
        """
        return openai.OpenAI(
            api_key=self.api_key(owner, scopes=() if acting_for is None else ("service",)),
            base_url=BASE_URL,
            default_headers={} if acting_for is None else {"Larder-Owner": acting_for},
            http_client=openai.DefaultHttpxClient(transport=self._watched(acting_for or owner)),
            max_retries=0,
            _strict_response_validation=acting_for is None if strict is None else strict,
        )

    def http_of(self, owner: str, *, acting_for: str | None = None) -> httpx2.Client:
        """Plain HTTP with an owner's key, for what the SDK would not send; follows no redirect."""
        key = self.api_key(owner, scopes=() if acting_for is None else ("service",))
        headers = {"Authorization": f"Bearer {key}"}
        if acting_for is not None:
            headers["Larder-Owner"] = acting_for
        transport = self._watched(acting_for or owner)
        return httpx2.Client(base_url=BASE_URL, headers=headers, transport=transport)

    def _watched(self, owner: str) -> httpx2.BaseTransport:
        return self.watch(owner, self.way, self.transport())

    def transport(self) -> httpx2.MockTransport:
        """Where an SDK's HTTP client sends its requests, sync or async."""
        return httpx2.MockTransport(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answered = self.request(
            request.method,
            str(request.url),
            [(name.decode(), value.decode()) for name, value in request.headers.raw],
            request.content,
        )
        return httpx2.Response(answered.status, headers=answered.headers, content=answered.body)

    def request(
        self, method: str, url: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> HttpResponse:
        """Send a request to where its URL leads: the API, or the bucket."""
        if url.startswith(f"{self.bucket.url}/"):
            return self.bucket.answer(method, url, dict(headers), body)
        assert url.startswith(f"{ORIGIN}/"), f"nobody answers {url}"
        request = HttpRequest(method, url.removeprefix(ORIGIN), tuple(headers), body)
        if self._goes_to_front_door(request):
            return self.front_door.answer(request)
        return self.gateway.answer(request)

    def _goes_to_front_door(self, request: HttpRequest) -> bool:
        """Choose as the edge does, for which nothing is small enough when all is to go there."""
        most = json.loads(os.environ["LIMITS"])["inline_bytes"] if self.way == "edge" else -1
        path = urlsplit(request.target).path
        return self.way != "gateway" and goes_to_front_door(
            request.method, path, request.headers, most
        )

    def set_quota(self, owner: str, quota_bytes: int) -> None:
        """Set an owner's quota as the operator does."""
        QuotaTable(self.deployment).set(owner, quota_bytes)

    def items(self, owner: str | None = None) -> list[dict[str, Any]]:
        """The catalog's items, in DynamoDB's notation."""
        pages = (
            self.session.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=CATALOG_TABLE, ConsistentRead=True)
        )
        found: list[dict[str, Any]] = [item for page in pages for item in page["Items"]]
        return [item for item in found if owner in (None, item["owner"]["S"])]

    def object_keys(self) -> list[str]:
        """The keys of all objects in the bucket."""
        pages = self.session.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=CONTENT_BUCKET)
        return [entry["Key"] for page in found for entry in page.get("Contents", [])]

    def stock(self, files: Iterable[File]) -> list[str]:
        """Write files into the catalog, without content and past the API, and return their ids."""
        return stock(self.session, files)

    def run_ttl(self) -> list[str]:
        """Let TTL remove what has expired; the stream's records wait for `run_stream`."""
        return self.stream.remove_expired(self.clock.now)

    def run_stream(self) -> None:
        """Let the reaper have everything that was removed."""
        self.stream.run()

    @contextmanager
    def deployed_with(self, **limits: Any) -> Iterator[None]:
        """Run everything with other limits, started anew, as after a deployment."""
        settings = {"LIMITS": limits_as_json(**limits)}
        self.front_door.restart()
        with patch.dict(os.environ, settings), functions_anew():
            yield
        self.front_door.restart()


@contextmanager
def functions_anew() -> Iterator[None]:
    """Have every function started anew, as after a deployment: it reads its environment then.

    Afterwards those of before are back, which other tests may have in hand.
    """
    before = _functions()
    _forget(before)
    try:
        yield
    finally:
        _forget(_functions())
        sys.modules.update(before)


def _functions() -> dict[str, ModuleType]:
    starts = ("lambdas.endpoints.", "lambdas.events.")
    return {name: module for name, module in sys.modules.items() if name.startswith(starts)}


def _forget(functions: Iterable[str]) -> None:
    for name in functions:
        del sys.modules[name]


@contextmanager
def made_bed(start: float) -> Iterator[Bed]:
    """Deploy onto a fresh AWS, at a moment in seconds since 1970."""
    with fresh_aws() as session:
        clock = Clock(start)
        yield Bed(
            session,
            clock,
            Gateway(clock),
            Bucket(lambda: clock.now, functions_wire),
            Stream(session, functions_wire.lock),
        )
