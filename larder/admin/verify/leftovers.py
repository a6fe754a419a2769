"""Removing everything that a verification has made."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from larder.admin.check.catalog import Catalog
from larder.admin.deployment import translated_errors
from larder.admin.verify.files import REAP_SECONDS
from larder.admin.verify.scene import Person, Scene

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

# Everything is stored for an hour, which S3 keeps as one day.
_PREFIXES = ("expires-in-01d", "parts")


def remove_everything(scene: Scene) -> str | None:
    """Delete the files as a user, wait for the reaper, and then delete the owners' items.

    Only markers stay, some bytes each, until TTL removes them in a week. A late record of the
    stream may create a usage again, so this ends when nothing was found twice in a row.
    """
    people = (scene.alice, scene.bob)
    for person in people:
        _delete_as_a_user(person)
    for person in people:
        scene.until(
            lambda owner=person.owner: not any(_objects(scene, owner)),  # type: ignore[misc]
            REAP_SECONDS,
            f"objects of {person.owner} are there after {REAP_SECONDS} s: is the reaper working?",
        )
    for _ in range(2):
        scene.until(
            lambda: sum(_take_items(scene, person.owner) for person in people) == 0,
            REAP_SECONDS,
            "items come back to the catalog again and again",
        )
        scene.sleep(1)
    return None


def _delete_as_a_user(person: Person) -> None:
    for file in person.sdk.files.list():
        person.sdk.files.delete(file.id)
    for upload in person.ask("GET", "/uploads").json()["data"]:
        if upload["status"] == "pending":
            person.sdk.uploads.cancel(upload["id"])


def _objects(scene: Scene, owner: str) -> Iterator[str]:
    """Yield the object keys of an owner."""
    s3: S3Client = scene.deployment.session.client("s3")
    for prefix in _PREFIXES:
        with translated_errors():
            answer = s3.list_objects_v2(
                Bucket=scene.deployment.content_bucket, Prefix=f"{prefix}/{owner}/"
            )
            yield from (found["Key"] for found in answer.get("Contents", []))


def _take_items(scene: Scene, owner: str) -> int:
    """Delete an owner's items from the catalog, and return how many there were."""
    dynamodb: DynamoDBClient = scene.deployment.session.client("dynamodb")
    entries = list(Catalog(scene.deployment).of_owner(owner))
    for entry in entries:
        with translated_errors():
            dynamodb.delete_item(
                TableName=scene.deployment.catalog_table,
                Key={"owner": {"S": entry.owner}, "id": {"S": entry.id}},
            )
    return len(entries)
