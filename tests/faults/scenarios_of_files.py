"""What happens to files: every endpoint's usual answer, and its refusals where they call AWS."""

from dataclasses import replace

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.environment import CATALOG_TABLE
from tests.bed.meanwhile import meanwhile
from tests.faults.scene import Asked, Delivered, Scenario, Scene

BATCH = b'{"custom_id": "1"}\n' * 20
QUOTA = 10_000

UNLESS_IT_IS_THERE = frozenset({403})
"""Without a key, whoever tries again does not know that the room is taken by the first try."""


def a_file_is_created(scene: Scene) -> Asked:
    return Asked(scene.alice, scene.alice.creation(BATCH), BATCH)


def a_file_is_created_with_a_key(scene: Scene) -> Asked:
    request = scene.alice.creation(BATCH, key="first")
    return Asked(scene.alice, request, BATCH)


def a_file_is_created_again_with_its_key(scene: Scene) -> Asked:
    asked = a_file_is_created_with_a_key(scene)
    asked.by.ask(asked.request, BATCH)
    return asked


def a_key_is_used_for_another_file(scene: Scene) -> Asked:
    scene.alice.create(BATCH, key="first")
    return Asked(scene.alice, scene.alice.creation(b"other", key="first"))


def a_key_is_used_again_a_day_later(scene: Scene) -> Asked:
    scene.alice.create(b"other", 7200, key="first")
    scene.bed.clock.move(seconds=86_400)
    scene.alice.get("/usage")
    return a_file_is_created_with_a_key(scene)


def fill_with_expired(scene: Scene) -> None:
    """Fill alice's quota with files and a session that have expired, and a file that has not."""
    scene.bed.set_quota("alice", QUOTA)
    scene.upload(b"u" * 3000)
    scene.alice.create(b"k" * 1000, 90_000)
    for _ in range(2):
        scene.alice.create(b"e" * 3000)
    scene.bed.clock.move(seconds=86_401)
    scene.alice.get("/usage")


def a_file_is_created_in_a_quota_full_of_expired_ones(scene: Scene) -> Asked:
    fill_with_expired(scene)
    content = b"n" * 8000
    return Asked(scene.alice, scene.alice.creation(content), content, also=UNLESS_IT_IS_THERE)


def a_file_does_not_fit_the_quota(scene: Scene) -> Asked:
    scene.bed.set_quota("alice", QUOTA)
    scene.alice.create(b"k" * 8000)
    return Asked(scene.alice, scene.alice.creation(b"n" * 3000, key="first"))


def another_takes_the_room_meanwhile(scene: Scene) -> Asked:
    scene.bed.set_quota("alice", QUOTA)
    others = scene.service.creation(b"o" * 8000, purpose="batch-output")
    during = meanwhile(scene.bed.wire, "PutObject", lambda: scene.service.ask(others, b"o" * 8000))
    request = scene.alice.creation(b"n" * 3000, key="first")
    return Asked(scene.alice, request, b"n" * 3000, during, also=frozenset({200}))


def another_takes_what_the_expired_left(scene: Scene) -> Asked:
    scene.bed.set_quota("alice", QUOTA)
    scene.alice.create(b"e" * 5000)
    scene.bed.clock.move(seconds=3601)
    others = scene.service.creation(b"o" * 4000, purpose="batch-output")
    during = meanwhile(scene.bed.wire, "PutObject", lambda: scene.service.ask(others, b"o" * 4000))
    return Asked(scene.alice, scene.alice.creation(b"n" * 3000), b"n" * 3000, during)


def a_service_stores_a_result(scene: Scene) -> Asked:
    request = scene.service.creation(BATCH, purpose="batch-output")
    return Asked(scene.service, request, BATCH)


def files_are_listed(scene: Scene) -> Asked:
    for content in (b"1", b"2", b"3"):
        scene.alice.create(content)
    return scene.asks("GET", "/files?limit=2")


def files_of_a_purpose_are_listed(scene: Scene) -> Asked:
    scene.alice.create(BATCH)
    return scene.asks("GET", "/files?purpose=batch&order=asc")


def a_file_is_shown(scene: Scene) -> Asked:
    return scene.asks("GET", f"/files/{created(scene)}")


def a_file_of_another_is_asked_for(scene: Scene) -> Asked:
    scene.bob.create(b"bob's")
    return scene.asks("GET", f"/files/{next(iter(scene.bob.stored))}")


def a_files_content_is_read(scene: Scene) -> Asked:
    return scene.asks("GET", f"/files/{created(scene)}/content")


def a_range_of_a_files_content_is_read(scene: Scene) -> Asked:
    return scene.asks("GET", f"/files/{created(scene)}/content", Range="bytes=10-29")


def a_file_is_deleted_while_its_content_is_read(scene: Scene) -> Asked:
    file_id = created(scene)

    def delete() -> None:
        scene.alice.delete(file_id)
        scene.bed.run_stream()

    asked = scene.asks("GET", f"/files/{file_id}/content")
    during = meanwhile(scene.bed.wire, "GetObject", delete)
    return replace(asked, during=during, also=frozenset({200, 404}))


def a_files_content_is_asked_about(scene: Scene) -> Asked:
    return scene.asks("HEAD", f"/files/{created(scene)}/content")


def a_files_url_is_asked_for(scene: Scene) -> Asked:
    return scene.asks("GET", f"/files/{created(scene)}/url")


def a_file_is_deleted(scene: Scene) -> Asked:
    asked = scene.asks("DELETE", f"/files/{created(scene)}")
    return replace(asked, also=frozenset({404}))


def a_deleted_file_is_deleted(scene: Scene) -> Asked:
    file_id = created(scene)
    scene.alice.delete(file_id)
    return scene.asks("DELETE", f"/files/{file_id}")


def two_delete_a_file(scene: Scene) -> Asked:
    asked = a_file_is_deleted(scene)
    file_id = next(iter(scene.alice.stored))
    during = meanwhile(scene.bed.wire, "TransactWriteItems", lambda: scene.alice.delete(file_id))
    return replace(asked, during=during, also=frozenset({200}))


def the_usage_is_asked_for(scene: Scene) -> Asked:
    fill_with_expired(scene)
    return scene.asks("GET", "/usage")


def a_key_comes_for_the_first_time(scene: Scene) -> Asked:
    scene.bed.clock.move(seconds=61)
    return scene.asks("GET", "/usage")


def a_deleted_file_is_reaped(scene: Scene) -> Delivered:
    scene.alice.delete(created(scene))
    return scene.delivers()


def expired_files_are_reaped(scene: Scene) -> Delivered:
    scene.bob.create(BATCH)
    for content in (b"1", b"22"):
        scene.alice.create(content)
    scene.bed.clock.move(seconds=3601)
    scene.bed.run_ttl()
    return scene.delivers()


def a_file_that_an_operator_put_back_is_deleted(scene: Scene) -> Asked:
    file_id = created(scene)
    [item] = [item for item in scene.bed.items("alice") if item["id"]["S"] == file_id]
    scene.alice.delete(file_id)
    scene.bed.session.client("dynamodb").put_item(TableName=CATALOG_TABLE, Item=item)
    return replace(scene.asks("DELETE", f"/files/{file_id}"), also=frozenset({404}))


def what_went_before_its_usage_was_settled_is_reaped(scene: Scene) -> Delivered:
    scene.alice.create(BATCH)
    scene.bed.clock.move(seconds=3601)
    scene.bed.run_ttl()
    settle_usages(scene.bed)
    return scene.delivers()


def settle_usages(bed: Bed) -> None:
    """Set the usage to what is there, as an operator does."""
    operator = Check(
        Catalog(bed.deployment), Bucket(bed.deployment), repair=True, sleep=lambda _: None
    )
    assert [found.repaired for found in operator.run()] == [True]


def created(scene: Scene) -> str:
    """Create a file of alice's and return its id."""
    return str(scene.alice.create(BATCH).json()["id"])


SCENARIOS: tuple[Scenario, ...] = (
    a_file_is_created,
    a_file_is_created_with_a_key,
    a_file_is_created_again_with_its_key,
    a_key_is_used_for_another_file,
    a_key_is_used_again_a_day_later,
    a_file_is_created_in_a_quota_full_of_expired_ones,
    a_file_does_not_fit_the_quota,
    another_takes_the_room_meanwhile,
    another_takes_what_the_expired_left,
    a_service_stores_a_result,
    files_are_listed,
    files_of_a_purpose_are_listed,
    a_file_is_shown,
    a_file_of_another_is_asked_for,
    a_files_content_is_read,
    a_range_of_a_files_content_is_read,
    a_file_is_deleted_while_its_content_is_read,
    a_files_content_is_asked_about,
    a_files_url_is_asked_for,
    a_file_is_deleted,
    a_deleted_file_is_deleted,
    two_delete_a_file,
    the_usage_is_asked_for,
    a_key_comes_for_the_first_time,
    a_deleted_file_is_reaped,
    expired_files_are_reaped,
    a_file_that_an_operator_put_back_is_deleted,
    what_went_before_its_usage_was_settled_is_reaped,
)
