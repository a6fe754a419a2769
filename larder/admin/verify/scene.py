"""Two owners made for a verification, and their HTTP clients."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import openai
import urllib3

from larder.admin.deployment import Deployment
from larder.admin.keys import KeyTable
from larder.admin.verify.promise import Broken, expect
from larder.admin.verify.stacks import Stacks
from larder.net.connections import open_pool

KEY_SECONDS = 3_600
LEAST_LIFE_SECONDS = 3_600  # of a file, which S3 keeps under the prefix of one day
_TIMEOUT = urllib3.Timeout(connect=20, read=60)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it came; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    def refuses(self, status: int, code: str | None, *, param: str | None = None) -> str:
        """Check a refusal's error envelope, and return its message."""
        expect(self.status == status, f"answered {self.status} and not {status}: {self.shown}")
        expect(self.headers.get("x-request-id"), "a refusal without x-request-id")
        try:
            error = self.json()["error"]
            keys = sorted(error)
        except (ValueError, LookupError, TypeError):
            raise Broken(f"answered {status} without the error envelope: {self.shown}") from None
        expect(keys == ["code", "message", "param", "type"], f"an error with the keys {keys}")
        expect(error["code"] == code, f"answered {status} with the code {error['code']!r}")
        if param is not None:
            expect(error["param"] == param, f"refused {error['param']!r} and not {param!r}")
        return str(error["message"])

    @property
    def shown(self) -> str:
        """The beginning of the body, for a person."""
        return " ".join(self.body[:200].decode(errors="replace").split())


@dataclass(frozen=True, slots=True)
class Person:
    """An owner with a key, at one base URL."""

    owner: str
    key: str
    base_url: str
    pool: urllib3.PoolManager
    sdk: openai.OpenAI

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Iterator[bytes] | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request below the base URL; an empty `key` sends none, None the person's."""
        key = self.key if key is None else key
        sent = {"authorization": f"Bearer {key}"} if key else {}
        return asked(self.pool, method, self.base_url + path, body, {**sent, **(headers or {})})

    def form(self, content: bytes) -> tuple[bytes, str]:
        """Return the form that stores content, and its content type."""
        return urllib3.encode_multipart_formdata(
            {
                "purpose": "batch",
                "expires_after[anchor]": "created_at",
                "expires_after[seconds]": str(LEAST_LIFE_SECONDS),
                "file": ("verify.jsonl", content, "application/jsonl"),
            }
        )

    def store(self, content: bytes, **fields: str) -> Answer:
        """Store content by an own form, for fields that the SDK does not send."""
        body, kind = self.form(content)
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.ask("POST", "/files", body=body, headers={"content-type": kind, **named})

    def stored(self, content: bytes, **fields: str) -> str:
        """Store content and return the file's id."""
        answer = self.store(content, **fields)
        expect(answer.status == 200, f"storing {len(content)} bytes answered {answer.shown}")
        return str(answer.json()["id"])


@dataclass(frozen=True, slots=True)
class Scene:
    """A deployment, and two owners who know nothing of each other.

    `disturbs` allows a promise to break the service for some seconds, to see its answers.
    """

    deployment: Deployment
    alice: Person
    bob: Person
    stacks: Stacks
    disturbs: bool = False
    sleep: Callable[[float], object] = field(default=time.sleep)

    @property
    def at_gateway(self) -> Person:
        """Alice, directly at API Gateway."""
        return replace(self.alice, base_url=self.stacks.regional_url)

    def function(self, name: str) -> str:
        """Return the name of the function that contains this; raises Broken without one."""
        for function in self.stacks.functions:
            if name in function:
                return function
        raise Broken(f"the stacks have no function {name}")

    def until(self, holds: Callable[[], bool], seconds: float, otherwise: str) -> float:
        """Wait for a condition, and return how long it took; raises Broken after `seconds`."""
        started = time.monotonic()
        while not holds():
            if time.monotonic() - started > seconds:
                raise Broken(otherwise)
            self.sleep(0.5)
        return time.monotonic() - started


def asked(
    pool: urllib3.PoolManager,
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Answer:
    """Send one request to any URL, without following redirects."""
    answer = pool.request(
        method,
        url,
        body=body,
        headers=dict(headers or {}),
        redirect=False,
        retries=False,
        timeout=_TIMEOUT,
        decode_content=False,
        **more,
    )
    named = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, named, answer.data)


@contextmanager
def scene_at(deployment: Deployment, stacks: Stacks, *, disturbs: bool) -> Iterator[Scene]:
    """Make the owners and their keys, which are revoked at the end, whatever happens."""
    keys, run = KeyTable(deployment), secrets.token_hex(5)
    with ExitStack() as stack:
        alice, bob = (
            stack.enter_context(_person(keys, f"verify-{run}-{name}", stacks.base_url))
            for name in ("alice", "bob")
        )
        yield Scene(deployment, alice, bob, stacks, disturbs)


@contextmanager
def _person(keys: KeyTable, owner: str, base_url: str) -> Iterator[Person]:
    key, secret = keys.create(owner=owner, name="larder admin verify", expires_in=KEY_SECONDS)
    try:
        pool = open_pool(base_url, connections=16)
        with openai.OpenAI(base_url=base_url, api_key=secret) as sdk, pool:
            yield Person(owner, secret, base_url, pool, sdk)
    finally:
        keys.delete(key)
