"""Objects that arrive in parts: begun, sent part by part in any order, joined by S3 or aborted.

S3's parts have at least 5 MiB but for the last, and an object at most 10 000 of them.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.core.errors import LarderError, PartsChanged, Unavailable
from lambdas.core.upload import Part, part_id_of
from lambdas.core.upload_stores import Piece
from lambdas.stores.aws import error_code, translated
from lambdas.stores.content import GONE, Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_PARTS_CHANGED = frozenset(
    {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload", "NoSuchKey"}
)

# S3 copies about 100 MB a second, and botocore waits 8 seconds for an answer.
COPIED_AT_ONCE = 128 * 2**20


@dataclass(frozen=True, slots=True)
class MultipartObjects:
    """Objects on their way into the content bucket, each known by its key and its multipart id."""

    bucket: Bucket

    def begin(self, object_key: str) -> str:
        """Begin an object that arrives in parts, and return its multipart id."""
        with translated():
            answer = self.bucket.client.create_multipart_upload(
                Bucket=self.bucket.name,
                Key=object_key,
                ChecksumAlgorithm="CRC64NVME",
                ChecksumType="FULL_OBJECT",
            )
        return answer["UploadId"]

    def send(self, object_key: str, multipart_id: str, piece: Piece) -> Part:
        """Store a part, whose checksum, if it is given, S3 compares.

        Raises PartsChanged when the object has been joined or aborted meanwhile.
        """
        checksum: Any = {} if piece.crc64nvme is None else {"ChecksumCRC64NVME": piece.crc64nvme}
        try:
            with translated():
                answer = self.bucket.client.upload_part(
                    Bucket=self.bucket.name,
                    Key=object_key,
                    UploadId=multipart_id,
                    PartNumber=piece.number,
                    Body=piece.content,  # type: ignore[arg-type] # boto takes a bytearray too
                    **checksum,
                )
        except ClientError as error:
            if error_code(error) == "NoSuchUpload":
                raise PartsChanged from error
            raise
        return Part(
            part_id_of(piece.number),
            len(piece.content),
            0,
            number=piece.number,
            crc64nvme=piece.crc64nvme or answer.get("ChecksumCRC64NVME"),
            etag=answer["ETag"],
        )

    def join(
        self, object_key: str, multipart_id: str, parts: Sequence[Part], size: int
    ) -> str | None:
        """Have S3 join parts of so many bytes together; return the CRC64NVME where S3 does.

        Raises PartsChanged when S3 has other parts by now, or has joined them before.
        """
        numbers: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number or 0, "ETag": part.etag} for part in parts
        ]
        try:
            with translated():
                answer = self.bucket.client.complete_multipart_upload(
                    Bucket=self.bucket.name,
                    Key=object_key,
                    UploadId=multipart_id,
                    MultipartUpload={"Parts": numbers},
                    MpuObjectSize=size,
                )
        except ClientError as error:
            if error_code(error) in _PARTS_CHANGED:
                raise PartsChanged from error
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 409:
                raise Unavailable from error  # S3's 409 says: start over
            raise
        return of_whole(answer.get("ChecksumCRC64NVME"))

    def holds(self, object_key: str, size: int) -> bool:
        """Tell whether the object is there, with so many bytes."""
        try:
            with translated():
                answer = self.bucket.client.head_object(Bucket=self.bucket.name, Key=object_key)
        except ClientError as error:
            if error_code(error) in GONE:
                return False
            raise
        return answer["ContentLength"] == size

    def copy(self, source_key: str, object_key: str, size: int) -> None:
        """Have S3 make another object of the same bytes.

        Raises PartsChanged when the source is gone.
        """
        multipart_id = self.begin(object_key)
        try:
            starts = range(0, size, COPIED_AT_ONCE)
            parts = [
                self._copied(source_key, object_key, multipart_id, number, start, size)
                for number, start in enumerate(starts, start=1)
            ]
            try:
                self.join(object_key, multipart_id, parts, size)
            except PartsChanged:  # also when it was joined, and the answer was lost
                if not self.holds(object_key, size):
                    raise
        except Exception:
            self.discard(object_key, multipart_id)
            raise

    def _copied(
        self,
        source_key: str,
        object_key: str,
        multipart_id: str,
        number: int,
        start: int,
        size: int,
    ) -> Part:
        stop = min(start + COPIED_AT_ONCE, size)
        try:
            with translated():
                answer = self.bucket.client.upload_part_copy(
                    Bucket=self.bucket.name,
                    Key=object_key,
                    UploadId=multipart_id,
                    PartNumber=number,
                    CopySource={"Bucket": self.bucket.name, "Key": source_key},
                    CopySourceRange=f"bytes={start}-{stop - 1}",
                )
        except ClientError as error:
            if error_code(error) in ("NoSuchKey", "NoSuchUpload"):
                raise PartsChanged from error
            raise
        etag = answer["CopyPartResult"]["ETag"]
        return Part(part_id_of(number), stop - start, 0, number=number, etag=etag)

    def abort(self, object_key: str, multipart_id: str) -> None:
        """Delete an object's parts; if it was joined or aborted before, nothing happens."""
        try:
            with translated():
                self.bucket.client.abort_multipart_upload(
                    Bucket=self.bucket.name, Key=object_key, UploadId=multipart_id
                )
        except ClientError as error:
            if error_code(error) != "NoSuchUpload":
                raise

    def discard(self, object_key: str, multipart_id: str) -> None:
        """Abort and delete an object that nothing refers to; on failure a lifecycle rule will."""
        with suppress(LarderError, ClientError):
            self.abort(object_key, multipart_id)
        self.bucket.discard(object_key)


def of_whole(checksum: str | None) -> str | None:
    """Return a whole object's checksum, None for one of parts' checksums, as emulators give."""
    return None if checksum and "-" in checksum else checksum
