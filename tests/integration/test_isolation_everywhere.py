"""Two owners against every endpoint, with each other's ids in every place that takes a value.

Made from `infra.routes`: an endpoint to come is covered once it says here what it takes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from infra.routes import ROUTES
from infra.rows import Route
from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

pytestmark = pytest.mark.slow

SECRET = "secret-of-alice"
KEY = "a-key-of-alice"
CREATION = {"filename": SECRET, "purpose": "batch", "bytes": 6, "mime_type": "text/plain"}

# What each endpoint takes, so that nothing but the ids is wrong; `None` is nothing at all.
BODIES: Mapping[str, dict[str, Any] | None] = {
    "create_file": {
        "data": {"purpose": "batch", "expires_after[seconds]": "3600"},
        "files": {"file": ("a.jsonl", b"{}\n")},
    },
    "create_upload": {"json": {**CREATION, "filename": "a.jsonl"}},
    "add_part": {"files": {"data": ("data", b"x")}},
    "create_part_urls": {"json": {"part_numbers": [1], "checksums": {"1": "AAAAAAAAAAA="}}},
    "complete_upload": {"json": {"part_ids": ["part_00001"], "md5": "0" * 32}},
    "cancel_upload": None,
}


@dataclass(frozen=True)
class Has:
    """What an owner has: its ids by what they name."""

    file: str
    uploaded: str
    completed: str
    pending: str
    staged: str
    cancelled: str

    def named_in(self, path: str) -> list[str]:
        """The ids that a path of this kind can be about."""
        if "{file_id}" in path:
            return [self.file, self.uploaded]
        return [self.pending, self.completed, self.cancelled]


def furnished(owner: Uploader) -> Has:
    """Give an owner one of everything, under a name and with content that nobody else has."""
    headers = {"Idempotency-Key": KEY}
    file = owner.http.post(
        "/files",
        data={"purpose": "batch"},
        files={"file": (SECRET, SECRET.encode())},
        headers=headers,
    ).json()
    completed = owner.http.post("/uploads", json=CREATION, headers=headers).json()
    uploaded = owner.complete(completed, [owner.stage(completed, b"secret")])
    pending, cancelled = (owner.begin(6, filename=SECRET) for _ in range(2))
    assert owner.try_to_cancel(cancelled).status_code == 200
    staged = owner.stage(pending, b"sec")
    owner.send_all(pending, b"secret")
    return Has(file["id"], uploaded["id"], completed["id"], pending["id"], staged, cancelled["id"])


def body_of(route: Route) -> dict[str, Any]:
    """What the endpoint takes; fails for one that writes and does not say."""
    if route.method in ("GET", "HEAD", "DELETE"):
        return {}
    return BODIES[route.function.name] or {}


def with_value(body: dict[str, Any], foreign: str) -> Iterator[dict[str, Any]]:
    """The body with an id in the place of each of its values, and of each name in it."""
    for name in body.get("json", {}):
        for value in (foreign, [foreign], {foreign: foreign}):
            yield {**body, "json": {**body["json"], name: value}}
    for name in body.get("data", {}):
        yield {**body, "data": {**body["data"], name: foreign}}
    for name in body.get("files", {}):
        yield {**body, "files": {name: (foreign, foreign.encode())}}
        yield {**body, "files": {foreign: ("a", b"x")}}
    for kind in {"json", "data"} & set(body):
        yield {**body, kind: {**body[kind], "owner": "alice", "id": foreign}}


def attempts(route: Route, mine: Has, hers: Has) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests with her ids in every place: in the path, the query, the headers and the body."""
    body = body_of(route)
    places = {"file_id": mine.file, "upload_id": mine.pending}
    own = route.path.format(**places)
    for foreign in vars(hers).values() if "{" in route.path else ():
        yield route.path.format(**dict.fromkeys(places, foreign)), body
        yield own.replace("/upload_", "/../../alice/uploads/upload_"), body
    for foreign in (hers.file, hers.pending, hers.staged, "alice"):
        for name in ("after", "owner", "purpose"):
            yield own, {**body, "params": {name: foreign}}
        yield own, {**body, "headers": {"X-Amzn-Owner": "alice", "Idempotency-Key": foreign}}
    for foreign in (hers.pending, hers.staged) if "upload" in own else (hers.file,):
        for changed in with_value(body, foreign):
            yield own, changed
    yield own, {**body, "headers": {"Idempotency-Key": KEY}}


def state_of(bed: Bed, owner: str) -> str:
    objects = [key for key in bed.object_keys() if key.split("/")[1] == owner]
    return json.dumps([bed.items(owner), sorted(objects)], sort_keys=True)


def tells_of(answer: httpx2.Response, hers: Has) -> list[str]:
    """What of hers an answer tells that the request did not say."""
    request = answer.request
    text = f"{request.url} {dict(request.headers)}" + request.content.decode(errors="replace")
    told = f"{dict(answer.headers)} {answer.text}"
    return [
        secret
        for secret in (*vars(hers).values(), SECRET, "/alice/")
        if secret in told and secret not in text
    ]


@pytest.fixture
def hers(alice_uploads: Uploader) -> Has:
    return furnished(alice_uploads)


@pytest.mark.parametrize("acting", [False, True], ids=["bob", "a service for bob"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function.name)
def test_her_ids_in_any_place_tell_and_change_nothing(
    bed: Bed, hers: Has, route: Route, acting: bool
) -> None:
    bob = Uploader(bed, "bob")
    pending, cancelled = bob.begin(6), bob.begin(6)
    mine = Has(
        file=bob.http.post(
            "/files", data={"purpose": "batch"}, files={"file": ("b", b"mine")}
        ).json()["id"],
        uploaded="",
        completed="",
        pending=str(pending["id"]),
        staged=bob.stage(pending, b"min"),
        cancelled=str(cancelled["id"]),
    )
    asking = bed.http_of("batch-system", acting_for="bob") if acting else bob.http
    before = state_of(bed, "alice")
    asked = list(attempts(route, mine, hers))
    if not acting:  # a service may name whom it likes
        headers = {"Larder-Owner": "alice", "Idempotency-Key": KEY}
        asked += [(path, {**options, "headers": headers}) for path, options in asked[::4]]
    for path, options in asked:
        answer = asking.request(route.method, path, **options)
        assert answer.status_code < 500, f"{path} {options}: {answer.text}"
        assert tells_of(answer, hers) == [], f"{path} {options}"
    assert len(asked) > 15
    assert state_of(bed, "alice") == before


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.function.name)
def test_her_ids_are_found_by_her(bed: Bed, hers: Has, route: Route) -> None:
    """Or the test above would say nothing: with her key the same requests are about her things."""
    http = bed.http_of("alice")
    if "{" not in route.path:
        answers = [http.request(route.method, route.path, **body_of(route))]
    else:
        answers = [
            http.request(
                route.method, route.path.format(file_id=found, upload_id=found), **body_of(route)
            )
            for found in hers.named_in(route.path)
        ]
    assert 404 not in {answer.status_code for answer in answers}
