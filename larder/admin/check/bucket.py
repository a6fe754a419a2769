"""The content bucket as a check reads and repairs it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from larder.admin.check.names import Key, key_of, owner_in
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
    def key(self) -> Key | None:
        """What its key says, None when that is none of Larder's."""
        return key_of(self.object_key)

    @property
    def owner(self) -> str:
        """Whose it seems to be."""
        return owner_in(self.object_key)

    @property
    def item(self) -> tuple[str, str] | None:
        """Owner and id of its file or session, also of a staged part's."""
        return (key.owner, key.id) if (key := self.key) else None


class Bucket:
    """The deployment's content bucket."""

    def __init__(self, deployment: Deployment) -> None:
        with translated_errors():
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

    def size(self, object_key: str) -> int | None:
        """The bytes of the object under this very key, None when there is none."""
        with translated_errors():
            answer = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=object_key, MaxKeys=1)
            sizes = {found["Key"]: found["Size"] for found in answer.get("Contents", [])}
        return sizes.get(object_key)

    def has(self, object_key: str) -> bool:
        """Whether there is an object under this very key."""
        return self.size(object_key) is not None

    def missing(self, object_keys: Iterable[str]) -> set[str]:
        """Those of the keys, each a file's, under which there is no object.

        Neighbours are listed a thousand at a time, and what lies between is passed over: there
        are never more calls than keys.
        """
        prefixes = groupby(sorted(object_keys), lambda key: key[: key.rindex("/") + 1])
        return {key for prefix, wanted in prefixes for key in self._missing(prefix, deque(wanted))}

    def _missing(self, prefix: str, wanted: deque[str]) -> Iterator[str]:
        start: dict[str, str] = {}
        while wanted:
            # What a key begins with sorts before it, and next to nothing in between.
            start_at: Any = start or {"StartAfter": wanted[0][:-1]}
            with translated_errors():
                page = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **start_at)
                found = {stored["Key"] for stored in page.get("Contents", [])}
                is_last = not page.get("IsTruncated")
                start = {} if is_last else {"ContinuationToken": page["NextContinuationToken"]}
            last = max(found, default="")
            while wanted and (is_last or wanted[0] <= last):
                start = {}
                if (key := wanted.popleft()) not in found:
                    yield key

    def checksum(self, object_key: str) -> str:
        """The CRC64NVME of a whole object, empty when S3 knows none or there is no object.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        """
        from botocore.exceptions import ClientError

        with translated_errors():
            try:
                answer = self._s3.head_object(
                    Bucket=self._bucket, Key=object_key, ChecksumMode="ENABLED"
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    return ""
                raise
        checksum = answer.get("ChecksumCRC64NVME", "")
        return "" if "-" in checksum else checksum  # of its parts' checksums, as emulators give

    def has_begun(self, object_key: str, multipart_id: str) -> bool:
        """Whether there is this very multipart upload, neither joined nor aborted."""
        with translated_errors():
            answer = self._s3.list_multipart_uploads(Bucket=self._bucket, Prefix=object_key)
            uploads = [(found["Key"], found["UploadId"]) for found in answer.get("Uploads", [])]
        return (object_key, multipart_id) in uploads

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
