"""A client that vanishes from the front door, and a front door that is killed, at any byte."""

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.run import Check
from tests.bed.front_door import ClientVanished, as_sent
from tests.bed.holdings import Holdings
from tests.bed.invariants import pass_lifecycle, violations
from tests.bed.proxy_event import HttpRequest
from tests.faults.scenarios_of_the_front_door import (
    CONTENT,
    a_large_file_is_created,
    a_large_file_with_a_key,
    a_large_part_is_sent,
)
from tests.faults.scene import PIECE, Asked, Scene, made_scene, small_parts

DAY = 86_400
BYTES = 15
"""So many are drawn for each form, beside those known to be the first or last of a kind."""

FORMS = {
    "content last": a_large_file_is_created,
    "content first, without a length": a_large_file_with_a_key,
    "a part, without a length": a_large_part_is_sent,
}
of_each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
pytestmark = pytest.mark.slow


@pytest.fixture
def scene() -> Iterator[Scene]:
    with small_parts(), made_scene() as scene, scene.bed.deployed_with(parts_per_upload=10_000):
        scene.bed.set_quota("alice", 2**40)  # who dies without a length has reserved a lot
        yield scene


def places(request: HttpRequest) -> list[int]:
    """Where a form's bytes begin and end to be of another kind, and one more or less."""
    body = request.body
    first = body.index(CONTENT)
    last = first + len(CONTENT)
    known = [
        0,
        body.index(b"form-data"),
        body.index(b"purpose") if b"purpose" in body else 1,
        first,
        first + PIECE // 2,
        first + PIECE,
        first + PIECE + PIECE // 4,
        last,
        last + 2,
        len(body) - 4,
    ]
    near = {place + by for place in known for by in (-1, 0, 1)}
    return sorted(place for place in near if 0 <= place < len(body))


def at_any_byte(request: HttpRequest, act: Callable[[int], None]) -> None:
    """Do something at the places that are known, and at some by chance."""
    for place in places(request):
        act(place)
    settings(max_examples=BYTES, deadline=None, database=None)(
        given(st.integers(0, len(request.body) - 1))(act)
    )()


def what_is_there(scene: Scene) -> object:
    """Return all that an owner sees and pays for, and all that is in the bucket."""
    return scene.alice.listed(), scene.alice.get("/usage").json(), in_the_bucket(scene)


def in_the_bucket(scene: Scene) -> tuple[dict[str, int], dict[str, str]]:
    """Return the objects with their sizes, and the multipart uploads with their keys."""
    holdings = Holdings.of(scene.bed)
    return dict(holdings.objects), dict(holdings.multipart)


def found_by_an_operator(scene: Scene) -> list[Damage]:
    check = Check(
        Catalog(scene.bed.deployment),
        Bucket(scene.bed.deployment),
        now=scene.bed.clock.now,
        grace_seconds=-time.time(),
        sleep=lambda _: None,
    )
    return [found.damage for found in check.run()]


@pytest.mark.parametrize("form", [a_large_file_is_created, a_large_file_with_a_key])
def test_of_a_form_whose_client_vanishes_nothing_is_left_at_once(
    scene: Scene, form: Callable[[Scene], Asked]
) -> None:
    request = as_sent(form(scene).request)
    before = what_is_there(scene)

    def vanish(place: int) -> None:
        with pytest.raises(ClientVanished):
            scene.bed.front_door.answer(request, vanishes_at=place)
        assert what_is_there(scene) == before
        assert violations(scene.bed) == []
        assert found_by_an_operator(scene) == []

    at_any_byte(request, vanish)


def test_of_a_part_whose_client_vanishes_no_byte_is_left(scene: Scene) -> None:
    asked = a_large_part_is_sent(scene)
    request = as_sent(asked.request)
    upload_id = request.target.split("/")[3]
    before = in_the_bucket(scene)

    def vanish(place: int) -> None:
        with pytest.raises(ClientVanished):
            scene.bed.front_door.answer(request, vanishes_at=place)
        assert in_the_bucket(scene) == before
        assert violations(scene.bed) == []
        assert found_by_an_operator(scene) == []

    at_any_byte(request, vanish)
    [answer] = asked.by.ask(asked.request)
    scene.complete(upload_id, [answer.json()["id"]], CONTENT)


@pytest.mark.parametrize("sized", [True, False])
def test_who_vanishes_behind_the_last_byte_has_a_whole_file_or_none(
    scene: Scene, sized: bool
) -> None:
    request = as_sent(a_large_file_is_created(scene).request)
    with pytest.raises(ClientVanished):
        scene.bed.front_door.answer(request, sized=sized, vanishes_at=len(request.body))
    assert [file["bytes"] for file in scene.alice.listed()] == [len(CONTENT)] * sized
    assert scene.alice.contradictions() == []
    assert violations(scene.bed) == []


@of_each_form
def test_what_a_killed_front_door_has_left_is_given_back_by_time(
    scene: Scene, form: Callable[[Scene], Asked]
) -> None:
    request = as_sent(form(scene).request)

    def die(place: int) -> None:
        assert scene.bed.front_door.answer(request, dies_at=place).status == 502
        assert violations(scene.bed) == []

    at_any_byte(request, die)
    assert scene.alice.listed() == []
    assert found_by_an_operator(scene) == []  # a session on its way is in order
    scene.bed.clock.move(seconds=DAY)
    scene.bed.run_ttl()
    scene.bed.run_stream()
    assert scene.alice.get("/usage").json()["reserved_bytes"] == 0
    assert violations(scene.bed) == []
    assert set(found_by_an_operator(scene)) <= {Damage.UPLOAD_WITHOUT_SESSION}
    scene.bed.clock.move(seconds=2 * DAY)
    pass_lifecycle(scene.bed)
    assert in_the_bucket(scene) == ({}, {})
