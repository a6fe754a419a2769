"""What `larder admin verify` says to a service that lies; to ours, `test_check.py` asks it."""

from collections.abc import Callable, Iterator

import pytest

from infra.local.aws import aws_session
from infra.local.deploy import DEPLOYMENT, STAGE
from infra.local.deployment import RunningDeployment
from larder.admin.deployment import Deployment
from larder.admin.verify.front_door import trickled
from larder.admin.verify.promise import Broken, Outcome, verify_promise
from larder.admin.verify.run import PROMISES
from larder.admin.verify.scene import Scene, scene_at
from larder.admin.verify.stacks import find_stacks
from tests.e2e.lies import (
    Lie,
    LyingService,
    answered_otherwise,
    lying_service,
    not_done,
    taken_for,
    told_as,
    without_header,
)

DELETED = b'{"id": "file-0", "object": "file", "deleted": true}'


@pytest.fixture(scope="module")
def service(deployment: RunningDeployment) -> Iterator[LyingService]:
    with lying_service(deployment.base_url) as service:
        yield service


@pytest.fixture(scope="module")
def scene(deployment: RunningDeployment, service: LyingService) -> Iterator[Scene]:
    """Two owners who ask a service that may lie."""
    session = aws_session()
    session.client = _at(session.client, deployment.endpoint_url)  # type: ignore[method-assign,assignment]
    outputs = deployment.outputs
    found = Deployment(
        STAGE,
        session,
        outputs["CatalogTable"],
        outputs["ApiKeysTable"],
        outputs["ContentBucket"],
    )
    stacks = find_stacks(found, f"{DEPLOYMENT}-{STAGE}", service.base_url)
    with scene_at(found, stacks, disturbs=False) as scene:
        yield scene


def _at(client: Callable[..., object], endpoint_url: str) -> Callable[..., object]:
    return lambda name: client(name, endpoint_url=endpoint_url)


def said_of(scene: Scene, service: LyingService, name: str, lie: Lie) -> Outcome:
    """Look at one promise while the service lies."""
    (promise,) = [promise for promise in PROMISES if promise.name == name]
    service.lies.append(lie)
    try:
        return verify_promise(promise, scene)
    finally:
        service.lies.clear()


@pytest.mark.parametrize(
    ("name", "lie", "seen"),
    [
        ("life", answered_otherwise("GET", "/content", b"1", b"2"), "another content"),
        ("life", not_done("DELETE", "/files/", DELETED), "though deleted"),
        ("pages", answered_otherwise("GET", "/files", b'more":true', b'more":false'), "of 5"),
        (
            "expiry",
            answered_otherwise("POST", "/files", b'"expires_at":1', b'"expires_at":2'),
            "expire",
        ),
        ("ranges", without_header("range"), "answered 200"),
        ("ranges", without_header("content-range"), "answered None"),
        ("idempotency", without_header("idempotency-key"), "stored twice"),
        ("quota", told_as(403, 200), "answered 200"),
        ("deletion", not_done("DELETE", "/files/", DELETED), "still counted"),
        ("parts", answered_otherwise("GET", "/content", b"\0\1\2", b"\2\1\0"), "another content"),
        ("cancel", not_done("POST", "/cancel", b"{}"), "stay reserved"),
        ("keys", without_header("www-authenticate"), "WWW-Authenticate"),
        ("keys", told_as(401, 403), "answered 403"),
        ("keys", without_header("x-request-id"), "x-request-id"),
        ("unknown-paths", told_as(404, 403), "answered 403"),
        ("unknown-paths", answered_otherwise("GET", "/nothing", b'"param"', b'"p"'), "the keys"),
        ("compression", without_header("accept-encoding"), "not compressed"),
        ("large-form", told_as(200, 413), "storing"),
    ],
)
def test_a_lie_is_seen(scene: Scene, service: LyingService, name: str, lie: Lie, seen: str) -> None:
    outcome = said_of(scene, service, name, lie)
    assert outcome.verdict.value == "broken"
    assert seen in outcome.reason


def test_a_form_that_comes_slowly_is_stored(scene: Scene) -> None:
    assert trickled(scene, seconds=1).startswith("sent in")


def test_a_service_that_does_not_wait_for_a_form_is_seen(
    scene: Scene, service: LyingService
) -> None:
    service.lies.append(told_as(200, 504))
    try:
        with pytest.raises(Broken, match="answered 504"):
            trickled(scene, seconds=0.1)
    finally:
        service.lies.clear()


def test_one_key_taken_for_another_is_seen(scene: Scene, service: LyingService) -> None:
    outcome = said_of(scene, service, "isolation", taken_for(scene.bob.key, scene.alice.key))
    assert outcome.verdict.value == "broken"
    assert "answered 200" in outcome.reason


def test_a_url_that_is_good_for_anything_is_seen(scene: Scene, service: LyingService) -> None:
    with lying_service("http://127.0.0.1:9/v1") as storage:
        storage.lies.append(not_done("GET", "/", b"\0" * 1000))
        url = f"{storage.base_url}/{scene.alice.owner}?X-Amz-Expires=1".encode()
        lie = not_done("GET", "/url", b'{"url": "' + url + b'"}')
        outcome = said_of(scene, service, "altered-urls", lie)
    assert outcome.verdict.value == "broken"
