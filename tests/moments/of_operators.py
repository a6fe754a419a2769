"""The moments of what operators run, and of the bytes that they count."""

import time
from collections.abc import Callable

from lambdas.stores.catalog.conflicts import pauses
from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.run import Check
from larder.admin.restore import Fate
from tests.bed.backup import fates, restore_as_of_now, restored
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET
from tests.moments.moment import DAY, HOUR, Moment, Scene, Seen

SETTLED = (
    "lambdas/stores/catalog/usage.py: "
    "attribute_not_exists(#settled_at) OR #settled_at < :removed_at"
)
OUTLASTED = "lambdas/stores/catalog/conflicts.py: now() <= deadline"
OVERDUE = "larder/admin/check/records.py: entry.expires_at < self.now - OVERDUE_SECONDS"
OLD = "larder/admin/check/run.py: stored.since < self.now - self.grace_seconds"
ENDED = (
    "larder/admin/check/records.py: "
    "entry.expires_at <= max(self.now, time.time()) + CLOCK_BEHIND_SECONDS"
)
LATER = "larder/admin/check/records.py: max(self.now, time.time())"
GONE = "larder/admin/restore.py: entry.expires_at <= self.now"


def removed_before_its_usage_was_settled(scene: Scene) -> Seen:
    """What of 10 bytes is left when a file of 5 was removed, by DynamoDB's clock, at that time?"""
    scene.sums_up = False  # an operator would not have counted what went before
    file = scene.create().json()
    scene.create(DAY)
    settled_at = file["expires_at"] + 100
    scene.bed.session.client("dynamodb").update_item(
        TableName=CATALOG_TABLE,
        Key={"owner": {"S": "alice"}, "id": {"S": "usage"}},
        UpdateExpression="SET settled_at = :settled_at",
        ExpressionAttributeValues={":settled_at": {"N": str(settled_at)}},
    )

    def look() -> int:
        scene.run_ttl()
        scene.bed.stream.deliver(scene.removed())
        return scene.alice.usage()["bytes"]

    return settled_at, look


def told_again_after_a_day(scene: Scene) -> Seen:
    """A record comes again as late as the stream keeps it."""
    file = scene.create().json()
    scene.create(3 * DAY)
    scene.set(file["expires_at"], "DynamoDB's")
    scene.run_ttl()
    records = scene.removed()
    scene.bed.stream.deliver(records)

    def look() -> int:
        scene.run_ttl()
        scene.bed.stream.deliver(records)
        return scene.alice.usage()["bytes"]

    return file["expires_at"] + DAY, look


def found_by_a_check(scene: Scene, grace: float = HOUR) -> Callable[[], list[Damage]]:
    """Check what is there as it is now by the operator's clock."""
    catalog, bucket = Catalog(scene.bed.deployment), Bucket(scene.bed.deployment)

    def look() -> list[Damage]:
        check = Check(
            catalog, bucket, now=scene.now, grace_seconds=grace, sleep=lambda _: None
        ).run()
        return [finding.damage for finding in check]

    return look


def overdue(scene: Scene) -> Seen:
    file = scene.create().json()
    return file["expires_at"] + 2 * DAY, found_by_a_check(scene)


def orphaned(scene: Scene) -> Seen:
    """An object that no item names, and that S3 has dated."""
    s3 = scene.bed.session.client("s3")
    key = "expires-in-01d/alice/file-01m86ady7stpsq9kjsqaqdh3bt"
    s3.put_object(Bucket=CONTENT_BUCKET, Key=key, Body=b"1")
    [found] = s3.list_objects_v2(Bucket=CONTENT_BUCKET)["Contents"]
    scene.sums_up = False
    return found["LastModified"].timestamp() + HOUR, found_by_a_check(scene)


def session_without_its_file(scene: Scene) -> Seen:
    """TTL, or a full owner's next file, has taken the file, and not yet its session."""
    scene.begins = int(time.time()) + DAY
    upload = scene.alice.begin(5)
    file = scene.alice.complete(upload, [scene.alice.stage(upload, b"hello")])
    scene.bed.session.client("dynamodb").delete_item(
        TableName=CATALOG_TABLE, Key={"owner": {"S": "alice"}, "id": {"S": file["id"]}}
    )
    scene.bed.run_stream()
    return file["expires_at"] - 60, found_by_a_check(scene)


def restored_item(scene: Scene) -> Seen:
    file = scene.create().json()
    restore_as_of_now(scene.bed)
    key = {"owner": {"S": "alice"}, "id": {"S": file["id"]}}
    scene.bed.session.client("dynamodb").delete_item(TableName=CATALOG_TABLE, Key=key)
    scene.sums_up = False
    return file["expires_at"], lambda: fates(restored(scene.bed, now=scene.now))[file["id"]]


def tried_again(scene: Scene) -> Seen:
    """Is a write that conflicts with others, from second 0 on, tried once more?"""
    times = iter([0.0])
    waits = pauses(lambda: next(times, scene.now))
    assert next(waits) == 0
    return 12.0, lambda: next(waits, None) is not None


OPERATORS = (
    Moment(
        "the second at which a usage was settled",
        removed_before_its_usage_was_settled,
        (10, 10, 5),
        (SETTLED,),
        "DynamoDB's",
    ),
    Moment("the end of a record's day", told_again_after_a_day, (5, 5, 5), (), "DynamoDB's"),
    Moment("when TTL is overdue", overdue, ([], [], [Damage.OVERDUE]), (OVERDUE,)),
    Moment(
        "the end of an object's grace", orphaned, ([], [], [Damage.OBJECT_WITHOUT_FILE]), (OLD,)
    ),
    Moment(
        "a minute before the end of a session without its file",
        session_without_its_file,
        ([Damage.SESSION_WITHOUT_FILE], [], []),
        (ENDED, LATER),
    ),
    Moment(
        "a lost file's end, for a restore",
        restored_item,
        (Fate.MISSING, Fate.EXPIRED, Fate.EXPIRED),
        (GONE,),
    ),
    Moment("the end of a write's twelve seconds", tried_again, (True, True, False), (OUTLASTED,)),
)
