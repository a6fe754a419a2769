"""What happens to upload sessions: every endpoint, the races of complete, and their reaping."""

import hashlib
from dataclasses import replace

from tests.bed.meanwhile import meanwhile
from tests.faults.scenarios_of_files import QUOTA, UNLESS_IT_IS_THERE, fill_with_expired
from tests.faults.scene import (
    MOST_PARTS,
    PART,
    Asked,
    Delivered,
    Scenario,
    Scene,
    dying_after,
    upload_of,
)

CONTENT = b"0123456789abcdef" * (PART // 16) + b"and the rest"
MD5 = hashlib.md5(CONTENT).hexdigest()
HALVES = (CONTENT[:600_000], CONTENT[600_000:])


def an_upload_is_created(scene: Scene) -> Asked:
    return scene.asks("POST", "/uploads", upload_of(CONTENT))


def an_upload_is_created_with_a_key(scene: Scene) -> Asked:
    return scene.asks("POST", "/uploads", upload_of(CONTENT), **{"Idempotency-Key": "first"})


def an_upload_is_created_again_with_its_key(scene: Scene) -> Asked:
    asked = an_upload_is_created_with_a_key(scene)
    asked.by.ask(asked.request)
    return asked


def a_key_is_used_for_another_upload(scene: Scene) -> Asked:
    scene.alice.post("/uploads", upload_of(b"other"), **{"Idempotency-Key": "first"})
    return an_upload_is_created_with_a_key(scene)


def an_upload_is_created_in_a_quota_full_of_expired(scene: Scene) -> Asked:
    fill_with_expired(scene)
    asked = scene.asks("POST", "/uploads", upload_of(b"n" * 8000))
    return replace(asked, also=UNLESS_IT_IS_THERE)


def an_upload_does_not_fit_the_quota(scene: Scene) -> Asked:
    scene.bed.set_quota("alice", QUOTA)
    return scene.asks("POST", "/uploads", upload_of(CONTENT), **{"Idempotency-Key": "first"})


def another_takes_the_room_of_an_upload_meanwhile(scene: Scene) -> Asked:
    scene.bed.set_quota("alice", QUOTA)
    others = scene.service.creation(b"o" * 8000, purpose="batch-output")
    during = meanwhile(
        scene.bed.wire, "CreateMultipartUpload", lambda: scene.service.ask(others, b"o" * 8000)
    )
    body, key = upload_of(b"n" * 3000), {"Idempotency-Key": "first"}
    asked = scene.asks("POST", "/uploads", body, **key)
    return replace(asked, during=during, also=frozenset({200}))


def uploads_are_listed(scene: Scene) -> Asked:
    scene.upload(CONTENT)
    return scene.asks("GET", "/uploads")


def an_upload_is_shown(scene: Scene) -> Asked:
    return scene.asks("GET", f"/uploads/{scene.upload(CONTENT)}")


def part_urls_are_asked_for(scene: Scene) -> Asked:
    path = f"/uploads/{scene.upload(CONTENT)}/part_urls"
    return scene.asks("POST", path, {"part_numbers": [1, 2]})


def sends_a_part(scene: Scene, upload_id: str, part: bytes) -> Asked:
    path = f"/uploads/{upload_id}/parts"
    request = scene.alice.http.build_request("POST", path, files={"data": ("data", part)})
    return Asked(scene.alice, request)


def a_first_part_is_sent(scene: Scene) -> Asked:
    return sends_a_part(scene, scene.upload(CONTENT), HALVES[0])


def another_part_is_sent(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, HALVES[0])
    return sends_a_part(scene, upload_id, HALVES[1])


def a_part_is_sent_again(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, *HALVES)
    return sends_a_part(scene, upload_id, HALVES[1])


def a_part_does_not_fit_the_quota(scene: Scene) -> Asked:
    *_, upload_id = [scene.upload(CONTENT) for _ in range(4)]
    scene.bed.set_quota("alice", 0)
    return sends_a_part(scene, upload_id, HALVES[0])


def an_upload_is_cancelled_while_a_part_is_sent(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, HALVES[0])
    cancel = lambda: scene.alice.post(f"/uploads/{upload_id}/cancel")  # noqa: E731
    during = meanwhile(scene.bed.wire, "PutObject", cancel)
    asked = sends_a_part(scene, upload_id, HALVES[1])
    return replace(asked, during=during, also=frozenset({200}))


def too_many_parts_are_sent(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, *[b"x"] * MOST_PARTS)
    return sends_a_part(scene, upload_id, b"x")


def parts_are_listed(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, b"12345")
    scene.send_presigned(upload_id, CONTENT)
    return scene.asks("GET", f"/uploads/{upload_id}/parts")


def presigned_parts_are_completed(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    return scene.completes(upload_id, scene.send_presigned(upload_id, CONTENT), CONTENT)


def presigned_parts_are_completed_with_an_md5(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    part_ids = scene.send_presigned(upload_id, CONTENT)
    return scene.completes(upload_id, part_ids, CONTENT, md5=MD5, key="first")


def inline_parts_are_completed(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    return scene.completes(upload_id, scene.send_inline(upload_id, *HALVES), CONTENT)


def inline_parts_are_completed_with_an_md5(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    last, first = scene.send_inline(upload_id, *reversed(HALVES))
    return scene.completes(upload_id, [first, last], CONTENT, md5=MD5, key="first")


def the_md5_is_wrong(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    part_ids = scene.send_presigned(upload_id, CONTENT)
    return scene.completes(upload_id, part_ids, CONTENT, md5="0" * 32, key="first")


def a_part_is_missing(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, HALVES[0])
    return scene.completes(upload_id, ["part_00001", "part_00002"], CONTENT, key="first")


def a_completed_upload_is_completed(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed_with_an_md5(scene)
    asked.by.ask(asked.request, CONTENT)
    return asked


def a_completed_upload_is_completed_with_another_key(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed(scene)
    asked.by.ask(asked.request, CONTENT)
    asked.request.headers["Idempotency-Key"] = "second"
    return asked


def a_completed_upload_is_completed_with_a_wrong_md5(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    part_ids = scene.send_presigned(upload_id, CONTENT)
    scene.complete(upload_id, part_ids, CONTENT)
    return scene.completes(upload_id, part_ids, CONTENT, md5="0" * 32, key="second")


def a_complete_that_died_is_repeated(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed(scene)
    with dying_after(scene.bed.wire, "CompleteMultipartUpload"):
        asked.by.http.send(asked.request)
    return asked


def two_complete_an_upload(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed(scene)
    others = lambda: scene.alice.ask(asked.request, CONTENT)  # noqa: E731
    return replace(asked, during=meanwhile(scene.bed.wire, "CompleteMultipartUpload", others))


def two_complete_an_upload_of_inline_parts(scene: Scene) -> Asked:
    asked = inline_parts_are_completed(scene)
    others = lambda: scene.alice.ask(asked.request, CONTENT)  # noqa: E731
    return replace(asked, during=meanwhile(scene.bed.wire, "UploadPart", others))


def an_upload_is_cancelled_while_it_is_completed(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed(scene)
    path = str(asked.request.url.path).removeprefix("/v1").replace("complete", "cancel")
    cancel = lambda: scene.alice.post(path)  # noqa: E731
    during = meanwhile(scene.bed.wire, "TransactWriteItems", cancel)
    return replace(asked, during=during, also=frozenset({200}))


def an_upload_is_cancelled(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.send_inline(upload_id, *HALVES)
    scene.send_presigned(upload_id, CONTENT)
    return scene.asks("POST", f"/uploads/{upload_id}/cancel")


def a_completed_upload_is_cancelled(scene: Scene) -> Asked:
    asked = presigned_parts_are_completed(scene)
    asked.by.ask(asked.request, CONTENT)
    path = str(asked.request.url.path).removeprefix("/v1").replace("complete", "cancel")
    return scene.asks("POST", path)


def a_file_that_was_an_upload_is_deleted(scene: Scene) -> Asked:
    upload_id = scene.upload(CONTENT)
    scene.complete(upload_id, scene.send_inline(upload_id, *HALVES), CONTENT)
    asked = scene.asks("DELETE", f"/files/{next(iter(scene.alice.stored))}")
    return replace(asked, also=frozenset({404}))


def expired_uploads_are_reaped(scene: Scene) -> Delivered:
    pending = scene.upload(CONTENT)
    scene.send_inline(pending, *HALVES)
    scene.send_presigned(pending, CONTENT)
    cancelled = scene.upload(CONTENT)
    scene.alice.post(f"/uploads/{cancelled}/cancel")
    completed = scene.upload(CONTENT)
    scene.complete(completed, scene.send_inline(completed, *HALVES), CONTENT)
    scene.bed.clock.move(seconds=90_000)
    scene.bed.run_ttl()
    return scene.delivers()


SCENARIOS: tuple[Scenario, ...] = (
    an_upload_is_created,
    an_upload_is_created_with_a_key,
    an_upload_is_created_again_with_its_key,
    a_key_is_used_for_another_upload,
    an_upload_is_created_in_a_quota_full_of_expired,
    an_upload_does_not_fit_the_quota,
    another_takes_the_room_of_an_upload_meanwhile,
    uploads_are_listed,
    an_upload_is_shown,
    part_urls_are_asked_for,
    a_first_part_is_sent,
    another_part_is_sent,
    a_part_is_sent_again,
    a_part_does_not_fit_the_quota,
    an_upload_is_cancelled_while_a_part_is_sent,
    too_many_parts_are_sent,
    parts_are_listed,
    presigned_parts_are_completed,
    presigned_parts_are_completed_with_an_md5,
    inline_parts_are_completed,
    inline_parts_are_completed_with_an_md5,
    the_md5_is_wrong,
    a_part_is_missing,
    a_completed_upload_is_completed,
    a_completed_upload_is_completed_with_another_key,
    a_completed_upload_is_completed_with_a_wrong_md5,
    a_complete_that_died_is_repeated,
    two_complete_an_upload,
    two_complete_an_upload_of_inline_parts,
    an_upload_is_cancelled_while_it_is_completed,
    an_upload_is_cancelled,
    a_completed_upload_is_cancelled,
    a_file_that_was_an_upload_is_deleted,
    expired_uploads_are_reaped,
)
