"""Parts in the bucket, and how they become one object.

Presigned parts are S3's own, under the session's multipart id, and S3 joins them. Parts that came
through the API are objects of their own, since all of S3's parts but the last need 5 MiB; they are
copied into S3's own parts first.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.core import ids
from lambdas.core.errors import LarderError, PartsChanged
from lambdas.core.file import object_keys_of_any_life
from lambdas.core.upload import Part, Upload, part_id_of, staged_key
from lambdas.core.upload_stores import Digest
from lambdas.stores.aws import error_code, translated
from lambdas.stores.content import GONE, Bucket
from lambdas.stores.copying import Copies
from lambdas.stores.multipart import MultipartObjects, of_whole

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

READ_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class BucketParts:
    """The parts of upload sessions in the content bucket."""

    bucket: Bucket

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self.bucket.name

    @property
    def client(self) -> "S3Client":
        """The S3 client."""
        return self.bucket.client

    @property
    def objects(self) -> MultipartObjects:
        """The objects that sessions become."""
        return MultipartObjects(self.bucket)

    def begin(self, object_key: str) -> str:
        """Begin an object that arrives in parts, and return its multipart id."""
        return self.objects.begin(object_key)

    def numbered(self, upload: Upload) -> list[Part] | None:
        """Return the presigned parts that S3 has, by number, None once joined or aborted."""
        pages = self.client.get_paginator("list_parts").paginate(
            Bucket=self.name, Key=upload.object_key, UploadId=upload.multipart_id
        )
        try:
            with translated():
                return [
                    Part(
                        id=part_id_of(part["PartNumber"]),
                        bytes=part["Size"],
                        created_at=int(part["LastModified"].timestamp()),
                        number=part["PartNumber"],
                        crc64nvme=part.get("ChecksumCRC64NVME"),
                        etag=part["ETag"],
                    )
                    for page in pages
                    for part in page.get("Parts", [])
                ]
        except ClientError as error:
            if error_code(error) == "NoSuchUpload":
                return None
            raise

    def staged(self, upload: Upload) -> list[Part]:
        """Return the parts that came through the API, oldest first."""
        prefix = staged_key(upload, "")
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        with translated():
            sizes = {
                found["Key"].removeprefix(prefix): found["Size"]
                for page in pages
                for found in page.get("Contents", [])
            }
        return [Part(part_id, size, ids.created_at(part_id)) for part_id, size in sizes.items()]

    def joined(self, upload: Upload) -> str | None:
        """Return the CRC64NVME of the session's object, None while it is not there, whole."""
        try:
            with translated():
                answer = self.client.head_object(
                    Bucket=self.name, Key=upload.object_key, ChecksumMode="ENABLED"
                )
        except ClientError as error:
            # S3 answers 403 for a missing object if the caller may not list the bucket.
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
            if error_code(error) in ("403", "404", "NoSuchKey"):
                return None
            raise
        if answer["ContentLength"] != upload.bytes:
            return None
        return of_whole(answer.get("ChecksumCRC64NVME")) or self._computed(upload, [])

    def join(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Have S3 join parts and return the object's CRC64NVME.

        Raises PartsChanged when S3 has other parts by now, or has joined them before.
        """
        checksum = self.objects.join(upload.object_key, upload.multipart_id, parts, upload.bytes)
        return checksum or self._computed(upload, parts)

    def _computed(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Compute the CRC64NVME of the session's object where S3 does not tell it, as AWS does.

        From those of its parts if all have one, else from its bytes; raises PartsChanged when it
        is gone.
        """
        from lambdas.core.crc64nvme import Crc64nvme  # noqa: PLC0415 - AWS need not load it

        own = [(part.crc64nvme, part.bytes) for part in parts if part.crc64nvme]
        if parts and len(own) == len(parts):
            return Crc64nvme.of_parts(own).in_base64()
        running = Crc64nvme()
        self.feed(upload, running)
        return running.in_base64()

    def concatenate(
        self, upload: Upload, parts: Sequence[Part], digest: Digest | None
    ) -> list[Part]:
        """Copy staged parts into S3's own, in this order, and return those, to be joined."""
        return Copies(self.bucket, upload).make(parts, digest)

    def feed(self, upload: Upload, digest: Digest) -> None:
        """Feed a digest with the bytes of the session's object, in bounded memory.

        Raises PartsChanged when it is gone.
        """
        try:
            with translated():
                body = self.client.get_object(Bucket=self.name, Key=upload.object_key)["Body"]
                for chunk in body.iter_chunks(READ_BYTES):
                    digest.update(chunk)
        except ClientError as error:
            if error_code(error) in GONE:
                raise PartsChanged from error
            raise

    def discard(self, upload: Upload, *, keep_object: bool) -> None:
        """Delete what a session left behind; on failure the lifecycle rules will."""
        try:
            self.clear(upload, keep_object=keep_object)
        except (LarderError, ClientError):
            return

    def clear(self, upload: Upload, *, keep_object: bool) -> None:
        """Delete what a session left behind: its parts, and its object unless it is a file's."""
        object_keys = [staged_key(upload, part.id) for part in self.staged(upload)]
        # An item that an operator has mangled may lack either.
        if upload.object_key and not keep_object:
            if upload.multipart_id:
                self.objects.abort(upload.object_key, upload.multipart_id)
            object_keys.append(upload.object_key)
            if upload.by_form:  # its object may have been copied, if `expires_after` came last
                object_keys += object_keys_of_any_life(upload.owner, upload.id)
        if upload.began_as:
            object_keys.append(upload.began_as)
        self.bucket.delete(*object_keys)
