"""The content bucket as a check reads and repairs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Stored:
    """An object, or a multipart upload that is not joined; `since` is seconds since 1970."""

    object_key: str
    since: float
    bytes: int = 0
    multipart_id: str = ""

    @property
    def owner(self) -> str:
        """Whose it is: the key's second part."""
        parts = self.object_key.split("/")
        return parts[1] if len(parts) > 2 else ""

    @property
    def id(self) -> str:
        """The id of its file or session: the key's third part, also of a staged part's."""
        parts = self.object_key.split("/")
        return parts[2] if len(parts) > 2 else ""

    @property
    def is_staged(self) -> bool:
        """Whether this is a part that waits to be joined."""
        return self.object_key.startswith("parts/")


class Bucket:
    """The deployment's content bucket."""

    def __init__(self, deployment: Deployment) -> None:
        self._s3: S3Client = deployment.session.client("s3")
        self._bucket = deployment.content_bucket

    def pages(self) -> Iterator[list[Stored]]:
        """Every object, a thousand at a time."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        with translated_errors():
            for page in pages:
                yield [
                    Stored(found["Key"], found["LastModified"].timestamp(), bytes=found["Size"])
                    for found in page.get("Contents", [])
                ]

    def multipart_pages(self) -> Iterator[list[Stored]]:
        """Every multipart upload that is not joined, a thousand at a time."""
        pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket)
        with translated_errors():
            for page in pages:
                yield [
                    Stored(
                        found["Key"],
                        found["Initiated"].timestamp(),
                        multipart_id=found["UploadId"],
                    )
                    for found in page.get("Uploads", [])
                ]

    def has(self, object_key: str) -> bool:
        """Whether there is an object under this very key."""
        with translated_errors():
            answer = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=object_key, MaxKeys=1)
        return any(found["Key"] == object_key for found in answer.get("Contents", []))

    def has_begun(self, stored: Stored) -> bool:
        """Whether there is this very multipart upload, neither joined nor aborted."""
        with translated_errors():
            answer = self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=stored.object_key)
        return any(found["UploadId"] == stored.multipart_id for found in answer.get("Uploads", []))

    def delete(self, object_key: str) -> None:
        """Deletes an object; deleting what is gone is no error."""
        with translated_errors():
            self._s3.delete_object(Bucket=self._bucket, Key=object_key)

    def abort(self, stored: Stored) -> None:
        """Aborts a multipart upload; aborting what is gone is no error."""
        with translated_errors():
            try:
                self._s3.abort_multipart_upload(
                    Bucket=self._bucket, Key=stored.object_key, UploadId=stored.multipart_id
                )
            except self._s3.exceptions.NoSuchUpload:
                return
