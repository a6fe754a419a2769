"""A client that tries again as the SDKs do, and remembers what it was told."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpx2

from tests.bed.bed import Bed
from tests.bed.front_door import CutOff

RETRIES = 2
"""What both SDKs do: `max_retries` of openai-python and `maxRetries` of openai-node."""


class Witness:
    """An owner, or a service that acts for one, and what it knows of the owner's files.

    `stored` are the contents of the files that the API acknowledged, by their ids, `expires_at`
    their ends; `deleted` the ids whose deletion it acknowledged, or of which it said that they
    are gone; `in_doubt` those whose deletion was asked for and never answered.
    """

    def __init__(self, bed: Bed, owner: str, *, acting_for: str | None = None) -> None:
        self.bed = bed
        self.http = bed.http_of(owner, acting_for=acting_for)
        self.stored: dict[str, bytes] = {}
        self.expires_at: dict[str, int] = {}
        self.deleted: set[str] = set()
        self.in_doubt: set[str] = set()
        self.misread: list[str] = []

    def ask(
        self,
        request: httpx2.Request,
        content: bytes = b"",
        first: AbstractContextManager[object] | None = None,
    ) -> list[httpx2.Response]:
        """Send a request, again as long as the SDKs would, and return the answers.

        `content` is what a file has that the request may create; only the first try is made
        within `first`.
        """
        with first or nullcontext():
            answers = [self._sent(request, content)]
        while should_retry(answers[-1]) and len(answers) <= RETRIES:
            self.bed.clock.move(seconds=1)
            answers.append(self._sent(request, content))
        return answers

    def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Send a JSON request and return its last answer."""
        return self.ask(self.http.build_request("POST", path, json=body, headers=headers))[-1]

    def get(self, path: str) -> httpx2.Response:
        """Return the last answer to a GET."""
        return self.ask(self.http.build_request("GET", path))[-1]

    def create(
        self, content: bytes, seconds: int = 3600, *, key: str | None = None
    ) -> httpx2.Response:
        """Create a file and return the last answer."""
        return self.ask(self.creation(content, seconds, key=key), content)[-1]

    def creation(
        self,
        content: bytes,
        seconds: int = 3600,
        *,
        purpose: str = "batch",
        key: str | None = None,
    ) -> httpx2.Request:
        """Make the request that creates a file; `key` is an Idempotency-Key."""
        return self.http.build_request(
            "POST",
            "/files",
            data={"purpose": purpose, "expires_after[seconds]": str(seconds)},
            files={"file": ("batch.jsonl", content)},
            headers={} if key is None else {"Idempotency-Key": key},
        )

    def delete(self, file_id: str) -> httpx2.Response:
        """Delete a file and return the last answer."""
        return self.ask(self.http.build_request("DELETE", f"/files/{file_id}"))[-1]

    def listed(self) -> list[dict[str, Any]]:
        """Return every file of the list."""
        files: list[dict[str, Any]] = []
        while True:
            after = f"&after={files[-1]['id']}" if files else ""
            page = self.get(f"/files?limit=100{after}").json()
            files += page["data"]
            if not page["has_more"]:
                return files

    def content(self, file_id: str) -> bytes:
        """Return a file's content, or the error in its place."""
        return self.get(f"/files/{file_id}/content").content

    def contradictions(self) -> list[str]:
        """Return a sentence for everything that the API says now and denied before."""
        listed = {file["id"]: file for file in self.listed()}
        return [*self.misread, *self._lost(listed), *self._undead(listed), *self._broken(listed)]

    def _sent(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        try:
            response = self.http.send(request)
        except CutOff:  # of which the SDKs think as of a 502
            response = httpx2.Response(502, request=request)
        kind, _, file_id = request.url.path.removeprefix("/v1/").partition("/")
        if request.method == "GET" and file_id.endswith("/content"):
            self._compare(file_id.removesuffix("/content"), response)
        if request.method == "POST" and response.status_code == 200:
            told = response.json()
            for file in (told, told.get("file")):
                if file and file["object"] == "file" and "filename" in file:
                    self.stored[file["id"]] = content
                    self.expires_at[file["id"]] = file["expires_at"]
        if request.method == "DELETE" and kind == "files":
            known = response.status_code in (200, 404)
            (self.deleted if known else self.in_doubt).add(file_id)
        return response

    def _compare(self, file_id: str, response: httpx2.Response) -> None:
        """Note content that is another than what was acknowledged."""
        whole = self.stored.get(file_id)
        if whole is None or response.status_code not in (200, 206):
            return
        given = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")[0]
        first, _, last = given.partition("-")
        expected = whole[int(first) : int(last) + 1] if given else whole
        if response.content != expected:
            self.misread.append(f"{file_id} was read as something else")

    def _lost(self, listed: dict[str, Any]) -> Iterator[str]:
        now = self.bed.clock.now
        for file_id, content in self.stored.items():
            alive = self.expires_at[file_id] > now + 1
            if not alive or file_id in self.deleted or file_id in self.in_doubt:
                continue
            if file_id not in listed:
                yield f"{file_id} was acknowledged and is not listed"
            elif self.get(f"/files/{file_id}").status_code != 200:
                yield f"{file_id} is listed and not found"
            elif self.content(file_id) != content:
                yield f"{file_id} has another content"

    def _undead(self, listed: dict[str, Any]) -> Iterator[str]:
        now = self.bed.clock.now
        ended = {file_id for file_id, end in self.expires_at.items() if end <= now}
        for file_id in sorted(self.deleted | ended):
            if file_id in listed or self.get(f"/files/{file_id}").status_code != 404:
                yield f"{file_id} is deleted or expired and still served"

    def _broken(self, listed: dict[str, Any]) -> Iterator[str]:
        """Check files that nobody was told of, left by a call that was never answered."""
        for file_id, file in listed.items():
            if file_id not in self.stored and len(self.content(file_id)) != file["bytes"]:
                yield f"{file_id} is listed and incomplete"


def should_retry(response: httpx2.Response) -> bool:
    """Tell whether the SDKs would try again.

    https://github.com/openai/openai-python/blob/main/src/openai/_base_client.py
    """
    told = response.headers.get("x-should-retry")
    if told in ("true", "false"):
        return told == "true"
    return response.status_code in (408, 409, 429) or response.status_code >= 500
