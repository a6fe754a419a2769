"""A commit that comes after its function has given up finds nothing that it may not show."""

from tests.bed.faults import FAULTS, Extent, Strike, hasty_retries
from tests.bed.invariants import violations
from tests.bed.meanwhile import meanwhile
from tests.bed.witness import should_retry
from tests.faults.scene import made_scene

COMES_LATE = next(one for one in FAULTS if str(one) == f"acts late {Extent.ATTEMPT.value}")
QUOTA = 10_000


def test_a_refusal_after_a_lost_try_keeps_the_bytes_that_the_try_may_yet_show() -> None:
    with made_scene() as scene, hasty_retries():
        scene.bed.set_quota("alice", QUOTA)
        others = scene.service.creation(b"o" * 8000, purpose="batch-output")

        def take_the_room() -> None:
            scene.service.ask(others, b"o" * 8000)

        strike = Strike(COMES_LATE, 0, "TransactWriteItems")
        with strike.on(scene.bed.wire), meanwhile(scene.bed.wire, "PutObject", take_the_room):
            answer = scene.alice.http.send(scene.alice.creation(b"n" * 3000))
            for file_id in scene.service.stored:
                scene.alice.delete(file_id)
        assert [file["bytes"] for file in scene.alice.listed()] == [3000]
        assert violations(scene.bed, scene.bed.stream.take()) == []
        assert should_retry(answer)
