"""The moments of Idempotency-Keys, and of API keys."""

import sys
from functools import partial

from infra.routes import AUTHORIZE
from larder.admin.keys import KeyTable
from tests.bed.bed import BASE_URL
from tests.bed.faults import FAULTS, Strike
from tests.bed.gateway import handler_of
from tests.moments.moment import DAY, HOUR, Moment, Scene, Seen

FREE = (
    "lambdas/stores/catalog/claims.py: attribute_not_exists(#id) OR #expires_at <= :now"
    " OR (#fingerprint = :fingerprint AND attribute_not_exists(#answer) AND #leased_until <= :now)"
)
IN_FLIGHT = "lambdas/stores/catalog/claims.py: whole(item, 'leased_until') > now"
ANSWERED = "lambdas/stores/catalog/claims.py: whole(item, 'expires_at') > now"
GOOD = "lambdas/stores/api_keys.py: int(item['expires_at']['N']) <= now"
CACHED = "front_door/authorizing.py: now < until"

DIES = next(fault for fault in FAULTS if fault.name == "kills the function")


def answered(scene: Scene) -> Seen:
    """Sent again, is it the same file?"""
    began = int(scene.bed.clock.now)
    file = scene.create(2 * DAY, key="k").json()
    return began + DAY, lambda: scene.create(2 * DAY, key="k").json()["id"] == file["id"]


def answered_at_the_door(scene: Scene) -> Seen:
    began, door = int(scene.bed.clock.now), scene.alice_at_the_door
    file = scene.create(2 * DAY, key="k").json()
    scene.alice = door
    return began + DAY, lambda: scene.create(2 * DAY, key="k").json()["id"] == file["id"]


def answered_otherwise(scene: Scene) -> Seen:
    """Sent with other content."""
    began = int(scene.bed.clock.now)
    scene.create(2 * DAY, key="k")
    return began + DAY, lambda: scene.create(2 * DAY, b"other", key="k").status_code


def forgotten(scene: Scene) -> Seen:
    """Of a claim and its file, which does TTL remove?"""
    began = int(scene.bed.clock.now)
    scene.create(2 * DAY, key="k")
    return began + DAY, lambda: len(scene.run_ttl())


def died(content: bytes, seconds: int, scene: Scene) -> Seen:
    """The first attempt died; another comes with this content."""
    began = int(scene.bed.clock.now)
    with Strike(DIES, 0, "PutObject").on(scene.bed.wire):
        assert scene.create(2 * DAY, key="k").status_code == 502
    return began + seconds, lambda: scene.create(2 * DAY, content, key="k").status_code


def died_and_reused(scene: Scene) -> Seen:
    """The first attempt died; what is another request with its key told?"""
    end, _ = died(b"other", 60, scene)
    return end, lambda: scene.create(2 * DAY, b"other", key="k").json()["error"]["code"]


def headers_of_a_key(scene: Scene) -> tuple[int, list[tuple[str, str]]]:
    """Make a key that lasts an hour, and return its end."""
    key, secret = KeyTable(scene.bed.deployment).create(owner="alice", expires_in=HOUR)
    assert isinstance(key.expires_at, int)
    return key.expires_at, [("authorization", f"Bearer {secret}")]


def good_at_the_gateway(asked_before: int, cached: int, scene: Scene) -> Seen:
    """The list of files, with a key that was looked up so many seconds before its end."""
    end, headers = headers_of_a_key(scene)
    url = f"{BASE_URL}/files"
    scene.tells(sys.modules[handler_of(AUTHORIZE.handler).__module__])
    if asked_before:
        scene.set(end - asked_before)
        assert scene.bed.request("GET", url, headers).status == 200
    return end - asked_before + cached, lambda: scene.bed.request("GET", url, headers).status


def good_at_the_door(asked_before: int, cached: int, scene: Scene) -> Seen:
    """The content of no file, with a key that was looked up so many seconds before its end."""
    end, headers = headers_of_a_key(scene)
    door, url = scene.bed.through("front_door"), f"{BASE_URL}/files/file-1/content"
    if asked_before:
        scene.set(end - asked_before)
        assert door.request("GET", url, headers).status == 404
    return end - asked_before + cached, lambda: door.request("GET", url, headers).status


KEYS = (
    Moment("the end of an answer's day", answered, (True, False, False), (FREE,)),
    Moment(
        "the end of an answer's day, at the front door",
        answered_at_the_door,
        (True, False, False),
        (ANSWERED,),
    ),
    Moment("the end of a reused key's day", answered_otherwise, (409, 200, 200), (FREE,)),
    Moment("the end of an answer's day, for TTL", forgotten, (0, 1, 1), clock="DynamoDB's"),
    Moment(
        "the end of a dead attempt's lease", partial(died, b"hello", 60), (409, 200, 200), (FREE,)
    ),
    Moment(
        "the end of a dead attempt's key", partial(died, b"other", DAY), (409, 200, 200), (FREE,)
    ),
    Moment(
        "the end of a dead attempt's lease, for another request",
        died_and_reused,
        ("idempotency_key_in_use", "idempotency_key_reused", "idempotency_key_reused"),
        (IN_FLIGHT,),
    ),
    Moment(
        "an API key's end, at the gateway",
        partial(good_at_the_gateway, 0, 0),
        (200, 401, 401),
        (GOOD,),
    ),
    Moment(
        "an API key's end, at the front door",
        partial(good_at_the_door, 0, 0),
        (404, 401, 401),
        (GOOD,),
    ),
    Moment(
        "the end of the minute in which the gateway knows an API key",
        partial(good_at_the_gateway, 30, 60),
        (200, 401, 401),
    ),
    Moment(
        "the end of the minute in which the front door knows an API key",
        partial(good_at_the_door, 30, 60),
        (404, 401, 401),
        (CACHED,),
    ),
)
