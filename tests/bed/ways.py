"""The ways in, side by side: equal owners whose requests take different ones, and the answers."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.bed.bed import BASE_URL, ORIGIN, Bed
from tests.bed.front_door import FrontDoor
from tests.bed.gateway import HttpResponse
from tests.bed.proxy_event import HttpRequest
from tests.bed.uploader import Uploader

Answer = Callable[[HttpRequest], HttpResponse]

_ID = re.compile(r"\b(file-|upload_|part_|req_)[0-9a-z]{26}\b")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
_MOMENT = re.compile(r'("(?:created|expires)_at": ?)1[0-9]{9}\b')


@dataclass(frozen=True)
class Side:
    """One owner by one way; what goes before is done by `uploader`, through the gateway."""

    bed: Bed
    owner: str
    answer: Answer

    @property
    def uploader(self) -> Uploader:
        """The owner as any test has it."""
        return Uploader(self.bed, self.owner)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        as_service: str | None = None,
        **options: Any,
    ) -> HttpResponse:
        """Send a request with the owner's key, or with a service's, which may name the owner.

        A header of "" is not sent.
        """
        key = self.bed.api_key(as_service or self.owner, scopes=("service",) if as_service else ())
        sent = {"Authorization": f"Bearer {key}", **(headers or {})}
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
        asked = httpx2.Request(method, f"{BASE_URL}/", headers=encoded, **options)
        raw = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.headers.raw
        ]
        kept = tuple((name, value) for name, value in raw if value)
        target = f"{BASE_URL}{path}".removeprefix(ORIGIN)
        return self.answer(HttpRequest(method, target, kept, asked.read()))

    def create(self, headers: Mapping[str, str] | None = None, **parts: Any) -> HttpResponse:
        """Create a file of these parts of a form; a text is a field, and a pair a file."""
        fields = {"purpose": "batch", "file": ("a.jsonl", b"{}\n" * 100), **parts}
        files = [
            (name, (None, value) if isinstance(value, str) else value)
            for name, value in fields.items()
            if value is not None
        ]
        return self.ask("POST", "/files", headers, files=files)


def sides_of(bed: Bed) -> dict[str, Side]:
    """Make three owners of as many ways: through the gateway, the front door, and it bit by bit."""
    whole, bits = bed.front_door, FrontDoor(bed.clock, part_bytes=150)
    return {
        "the gateway": Side(bed, "alice", bed.gateway.answer),
        "the front door": Side(bed, "bob", whole.answer),
        "bit by bit": Side(bed, "carol", lambda asked: bits.answer(asked, chunk=13, sized=False)),
    }


def heard(answer: HttpResponse) -> dict[str, Any]:
    """Return what an answer says, without what is another in each: ids and moments."""
    headers = {name: _masked(value) for name, value in answer.headers.items()}
    # Only a server with a socket has these: a length to keep, and a connection to close.
    headers.pop("content-length", None)
    headers.pop("connection", None)
    body: Any = answer.body
    if headers.get("content-type") == "application/json" and answer.body:
        body = json.loads(_masked(answer.body.decode()))
        if "expires_at" in (told := json.loads(answer.body)):
            body["life"] = told["expires_at"] - told["created_at"]
    return {"status": answer.status, "headers": headers, "body": body}


def _masked(text: str) -> str:
    text = _ID.sub(r"\1…", _REQUEST_ID.sub("<request id>", text))
    return _DATE.sub("<date>", _MOMENT.sub(r"\g<1>0", text))
