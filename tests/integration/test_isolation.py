"""Whose a thing is tells nobody whether it is: another owner's is as one that is not there.

That nothing of it is told or touched, `test_isolation_everywhere.py` sees.
"""

from collections.abc import Mapping
from typing import Any

import httpx2
import openai
import pytest

from infra.routes import ROUTES
from infra.rows import Route
from tests.bed.bed import Bed

ID_ROUTES = [route for route in ROUTES if "{" in route.path]
FILE_ROUTES = [route for route in ID_ROUTES if "{file_id}" in route.path]
UPLOAD_ROUTES = [route for route in ID_ROUTES if "{upload_id}" in route.path]

# What each endpoint would take, so that nothing but the owner is wrong.
BODIES: Mapping[str, dict[str, Any]] = {
    "add_part": {"files": {"data": ("data", b"x")}},
    "create_part_urls": {"json": {"part_numbers": [1]}},
    "complete_upload": {"json": {"part_ids": ["part_00001"]}},
}


def named(route: Route) -> str:
    return route.function.name


def ask(http: httpx2.Client, route: Route, identifier: str) -> httpx2.Response:
    path = route.path.format(file_id=identifier, upload_id=identifier)
    return http.request(route.method, path, **BODIES.get(named(route), {}))


def kept_by(client: openai.OpenAI, route: Route) -> str:
    """Make what the route is about, and return its id."""
    if "{file_id}" in route.path:
        return client.files.create(file=("secret.jsonl", b"secret"), purpose="batch").id
    return client.uploads.create(
        filename="secret.jsonl", purpose="batch", bytes=6, mime_type="text/plain"
    ).id


def changed(identifier: str) -> str:
    """Another id of the same form, which nobody has."""
    return identifier[:-1] + ("0" if identifier[-1] != "0" else "1")


def told(answer: httpx2.Response, identifier: str) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but what differs in any two, and the id."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content.replace(identifier.encode(), b"ID")


@pytest.mark.parametrize("route", UPLOAD_ROUTES, ids=named)
def test_another_owner_s_upload_is_answered_as_one_that_nobody_has(
    bed: Bed, alice: openai.OpenAI, route: Route
) -> None:
    identifier = kept_by(alice, route)
    bob = bed.http_of("bob")
    foreign, unknown = ask(bob, route, identifier), ask(bob, route, changed(identifier))
    assert foreign.status_code == 404
    assert told(foreign, identifier) == told(unknown, changed(identifier))


@pytest.mark.parametrize("route", ID_ROUTES, ids=named)
def test_a_service_acting_for_another_owner_is_told_no_more(
    bed: Bed, alice: openai.OpenAI, route: Route
) -> None:
    identifier = kept_by(alice, route)
    service = bed.http_of("batch-system", acting_for="bob")
    foreign, unknown = ask(service, route, identifier), ask(service, route, changed(identifier))
    assert foreign.status_code in (403, 404)
    assert told(foreign, identifier) == told(unknown, changed(identifier))


@pytest.mark.parametrize("route", FILE_ROUTES, ids=named)
def test_missing_deleted_expired_and_foreign_are_one_answer(
    bed: Bed, alice: openai.OpenAI, bob: openai.OpenAI, route: Route
) -> None:
    foreign, deleted, expired = kept_by(bob, route), kept_by(alice, route), kept_by(alice, route)
    alice.files.delete(deleted)
    bed.clock.move(seconds=2_592_000)
    http = bed.http_of("alice")
    missing = told(ask(http, route, changed(foreign)), changed(foreign))
    for identifier in (foreign, deleted, expired):
        assert told(ask(http, route, identifier), identifier) == missing


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_another_owner_s_id_is_only_a_place_in_a_list(
    bed: Bed, alice: openai.OpenAI, bob: openai.OpenAI, order: str
) -> None:
    route = FILE_ROUTES[0]
    earlier, foreign, later = kept_by(bob, route), kept_by(alice, route), kept_by(bob, route)
    params = {"after": foreign, "order": order}
    data = bed.http_of("bob").get("/files", params=params).json()["data"]
    assert [file["id"] for file in data] == [later if order == "asc" else earlier]


def test_usage_is_one_s_own(bed: Bed, alice: openai.OpenAI) -> None:
    for route in ID_ROUTES[0], ID_ROUTES[-1]:
        kept_by(alice, route)
    usage = bed.http_of("bob").get("/usage").json()
    assert (usage["bytes"], usage["reserved_bytes"], usage["files"]) == (0, 0, 0)


@pytest.mark.parametrize("owner", ["ali", "alice2", "alice.", "Alice"])
def test_an_owner_whose_name_is_like_another_s_is_another(
    bed: Bed, alice: openai.OpenAI, owner: str
) -> None:
    file_id = kept_by(alice, FILE_ROUTES[0])
    other = bed.client_of(owner)
    assert other.files.list().data == []
    with pytest.raises(openai.NotFoundError):
        other.files.retrieve(file_id)


@pytest.mark.parametrize(
    "identifier", ["usage", "released#file-1", "idempotency#1", "upload_" + "0" * 26]
)
@pytest.mark.parametrize("route", FILE_ROUTES, ids=named)
def test_no_other_item_of_the_catalog_is_a_file(
    bed: Bed, alice: openai.OpenAI, route: Route, identifier: str
) -> None:
    kept_by(alice, route)
    answer = bed.http_of("alice").request(
        route.method, route.path.format(file_id=identifier.replace("#", "%23"))
    )
    assert answer.status_code == 404


def test_an_upload_is_no_file(bed: Bed, alice: openai.OpenAI) -> None:
    upload_id = kept_by(alice, ID_ROUTES[-1])
    for route in FILE_ROUTES:
        assert ask(bed.http_of("alice"), route, upload_id).status_code == 404
