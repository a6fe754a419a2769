"""What a deployment holds, past its API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

from lambdas.core.ids import FILE, UPLOAD
from lambdas.stores.catalog.table import Item, text
from tests.bed.bed import Bed
from tests.bed.bucket import Bucket
from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET, REGION

Stored = tuple[dict[str, int], dict[str, str], dict[str, int]]
"""Objects with their sizes, and multipart uploads by their ids: their keys, and their bytes."""


@dataclass(frozen=True)
class Holdings:
    """Items, objects with their sizes, and multipart uploads by their ids."""

    items: Sequence[Item]
    objects: Mapping[str, int]
    multipart: Mapping[str, str]
    multipart_bytes: Mapping[str, int]

    @classmethod
    def of(cls, bed: Bed) -> "Holdings":
        """Read all of a bed's AWS.

        What is moto's is read from its memory: the invariants are checked after every fault, and
        by calls that would take most of the time.
        """
        in_moto = isinstance(bed.bucket, Bucket)
        return cls(_items(), *(_in_moto() if in_moto else _in_bucket_of(bed)))

    def files(self) -> Iterator[Item]:
        """Yield the items of files, expired ones too."""
        return (item for item in self.items if text(item, "id").startswith(FILE))

    def uploads(self) -> Iterator[Item]:
        """Yield the items of sessions, whatever their status is."""
        return (item for item in self.items if text(item, "id").startswith(UPLOAD))


def _items() -> list[Item]:
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE]
    return [item.to_json()["Attributes"] for item in table.all_items()]


def _in_moto() -> Stored:
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[CONTENT_BUCKET]
    objects = {name: key.size for name, key in bucket.keys.items()}
    begun = bucket.multiparts.values()
    sizes = {upload.id: sum(part.size for part in upload.parts.values()) for upload in begun}
    return objects, {upload.id: upload.key_name for upload in begun}, sizes


def _in_bucket_of(bed: Bed) -> Stored:
    s3 = bed.session.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=CONTENT_BUCKET)
    found = [entry for page in pages for entry in page.get("Contents", [])]
    begun = s3.list_multipart_uploads(Bucket=CONTENT_BUCKET).get("Uploads", [])
    return (
        {entry["Key"]: entry["Size"] for entry in found},
        {entry["UploadId"]: entry["Key"] for entry in begun},
        {
            entry["UploadId"]: sum(
                part["Size"]
                for page in s3.get_paginator("list_parts").paginate(
                    Bucket=CONTENT_BUCKET, Key=entry["Key"], UploadId=entry["UploadId"]
                )
                for part in page.get("Parts", [])
            )
            for entry in begun
        },
    )
