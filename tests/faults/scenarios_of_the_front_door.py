"""What happens at the front door: forms and parts that come in pieces, and content that is read.

The calls that other scenarios make in the same place are not struck again: each takes the time of
a dozen plays.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx2

from tests.bed.faults import FAULTS, Strike
from tests.bed.meanwhile import meanwhile
from tests.faults.scenarios_of_files import UNLESS_IT_IS_THERE, fill_with_expired
from tests.faults.scene import PIECE, Asked, Scenario, Scene, Vanishing

CONTENT = b"0123456789abcdef" * (PIECE // 16) + b"and the rest" * 50
LIFE = 90_000
"""Of fewer days than the longest, under which a form begins whose life is not known yet."""
SEVERAL_READS = b"0123456789abcdef" * 40_000
NONE = range(0)


def a_large_file_is_created(scene: Scene) -> Asked:
    alice = scene.at_the_front_door()
    return Asked(alice, alice.creation(CONTENT), CONTENT)


def a_large_file_says_last_how_long_it_lives(scene: Scene) -> Asked:
    return replace(a_large_file_with_a_key(scene), struck=range(9, 99))


def a_large_file_is_created_again_with_its_key(scene: Scene) -> Asked:
    asked = a_large_file_with_a_key(scene)
    asked.by.ask(asked.request, CONTENT)
    return asked


def a_large_file_is_created_meanwhile_with_its_key(scene: Scene) -> Asked:
    asked = a_large_file_with_a_key(scene)
    again = lambda: asked.by.ask(asked.request, CONTENT)  # noqa: E731
    during = meanwhile(scene.bed.wire, "PutItem", again)
    return replace(asked, during=during, struck=range(8, 10))


def a_large_file_is_created_in_a_quota_full_of_expired_ones(scene: Scene) -> Asked:
    fill_with_expired(scene)
    asked = a_large_file_is_created(scene)
    return replace(asked, also=UNLESS_IT_IS_THERE, struck=range(4, 7))


def a_large_file_whose_joining_is_not_told(scene: Scene) -> Asked:
    asked = a_large_file_is_created(scene)
    return replace(asked, during=joined_before(scene), struck=range(7, 8))


def a_large_file_is_cancelled_on_its_way(scene: Scene) -> Asked:
    asked = a_large_file_is_created(scene)

    def cancel() -> None:
        [upload] = scene.alice.get("/uploads").json()["data"]
        scene.alice.post(f"/uploads/{upload['id']}/cancel")

    during = meanwhile(scene.bed.wire, "UploadPart", cancel)
    return replace(asked, during=during, also=frozenset({200}), struck=range(5, 6))


def a_small_file_comes_to_the_front_door(scene: Scene) -> Asked:
    alice = scene.at_the_front_door()
    return Asked(alice, alice.creation(b"small"), b"small", struck=range(1))


def a_key_comes_to_the_front_door_for_the_first_time(scene: Scene) -> Asked:
    alice = scene.at_the_front_door()
    scene.bed.clock.move(seconds=61)
    return Asked(alice, alice.http.build_request("HEAD", "/files/file-x/content"))


def a_client_vanishes_behind_its_first_part(scene: Scene) -> Vanishing:
    request = scene.at_the_front_door().creation(CONTENT)
    return replace(scene.vanishes(request, len(request.read()) - 100), struck=range(5, 99))


def a_large_part_is_sent(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    alice = scene.at_the_front_door()
    path = f"/uploads/{upload_id}/parts"
    request = alice.http.build_request("POST", path, files={"data": ("data", CONTENT)})
    return Asked(alice, unsized(request), struck=range(3, 99))


def a_large_part_whose_joining_is_not_told(scene: Scene) -> Asked:
    asked = a_large_part_is_sent(scene)
    return replace(asked, during=joined_before(scene), struck=range(9, 10))


def a_client_vanishes_within_a_large_part(scene: Scene) -> Vanishing:
    request = a_large_part_is_sent(scene).request
    return replace(scene.vanishes(request, len(request.read()) - 100), struck=range(5, 99))


def a_large_part_is_completed(scene: Scene) -> Asked:
    sent = a_large_part_is_sent(scene)
    part = sent.by.ask(sent.request)[-1].json()
    return replace(scene.completes(part["upload_id"], [part["id"]], CONTENT), struck=NONE)


def content_is_read_at_the_front_door(scene: Scene) -> Asked:
    file_id = scene.alice.create(SEVERAL_READS).json()["id"]
    scene.at_the_front_door()
    return scene.asks("GET", f"/files/{file_id}/content")


def a_range_is_read_at_the_front_door(scene: Scene) -> Asked:
    file_id = scene.alice.create(SEVERAL_READS).json()["id"]
    scene.at_the_front_door()
    asked = scene.asks("GET", f"/files/{file_id}/content", Range="bytes=10-29")
    return replace(asked, struck=range(1, 2))


def content_is_asked_about_at_the_front_door(scene: Scene) -> Asked:
    file_id = scene.alice.create(SEVERAL_READS).json()["id"]
    scene.at_the_front_door()
    return scene.asks("HEAD", f"/files/{file_id}/content")


def a_large_file_with_a_key(scene: Scene) -> Asked:
    """Let alice send the content first, without a length, and its life last."""
    alice = scene.at_the_front_door()
    files: list[tuple[str, Any]] = [
        ("file", ("batch.jsonl", CONTENT)),
        ("purpose", (None, "batch")),
        ("expires_after[seconds]", (None, str(LIFE))),
    ]
    key = {"Idempotency-Key": "first"}
    request = alice.http.build_request("POST", "/files", files=files, headers=key)
    return Asked(alice, unsized(request), CONTENT)


def unsized(request: httpx2.Request) -> httpx2.Request:
    """Have a request's body come without its length."""
    del request.headers["Content-Length"]
    request.headers["Transfer-Encoding"] = "chunked"
    return request


def joined_before(scene: Scene) -> AbstractContextManager[None]:
    """Have S3 join once, lose the answer, and know of nothing when it is asked again."""
    fault = next(fault for fault in FAULTS if fault.name == "has joined before")
    return Strike(fault, 0, "CompleteMultipartUpload").on(scene.bed.wire)


SCENARIOS: tuple[Scenario, ...] = (
    a_large_file_is_created,
    a_large_file_says_last_how_long_it_lives,
    a_large_file_is_created_again_with_its_key,
    a_large_file_is_created_meanwhile_with_its_key,
    a_large_file_is_created_in_a_quota_full_of_expired_ones,
    a_large_file_whose_joining_is_not_told,
    a_large_file_is_cancelled_on_its_way,
    a_small_file_comes_to_the_front_door,
    a_key_comes_to_the_front_door_for_the_first_time,
    a_client_vanishes_behind_its_first_part,
    a_large_part_is_sent,
    a_large_part_whose_joining_is_not_told,
    a_client_vanishes_within_a_large_part,
    a_large_part_is_completed,
    content_is_read_at_the_front_door,
    a_range_is_read_at_the_front_door,
    content_is_asked_about_at_the_front_door,
)
