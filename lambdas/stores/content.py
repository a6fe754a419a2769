"""The bucket: objects of files, and of uploads on their way.

`expires-in-NNd/<owner>/<file or upload id>`
    A file's bytes, or an upload's that becomes one. NN is the file's life in whole days; a
    lifecycle rule deletes after NN + 1, counted from the *initiation* of a multipart upload.
`parts/<owner>/<upload id>/<part id>`
    A part that came through the API, until the upload is completed; deleted after two days.

An object is never overwritten, and metadata holds no filename, since S3 takes only ASCII there.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lambdas.core.errors import LarderError, Unavailable
from lambdas.core.file import File
from lambdas.stores.aws import error_code, s3, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

# S3 answers 403 for a missing object if the caller may list only some prefixes. Where the body is
# cut off, only the status is known.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
GONE = frozenset({"AccessDenied", "NoSuchKey", "403", "404"})
NOT_THAT_LONG = frozenset({"InvalidRange", "416"})


@dataclass(frozen=True, slots=True)
class ObjectStream:
    """An object's bytes as S3 sends them."""

    body: "StreamingBody"

    def read(self, size: int | None = None) -> bytes:
        """Return the next bytes, at most so many or all; raises Unavailable when they are cut."""
        with translated():
            return self.body.read(size)

    def close(self) -> None:
        """Read no more."""
        self.body.close()


@dataclass(frozen=True, slots=True)
class Bucket:
    """The content bucket.

    Args:
        name: What S3 calls it.
        client: Who asks S3.
        checksum: Computes a CRC64NVME in base64, where there is a fast way: S3 then compares it.
    """

    name: str
    client: "S3Client"
    checksum: Callable[[bytes], str] | None = None

    @classmethod
    def from_environment(cls) -> "Bucket":
        """Open the bucket that the function's environment names."""
        return cls(os.environ["CONTENT_BUCKET"], s3())

    def put(self, object_key: str, content: bytes) -> str:
        """Store bytes durably, whole or not at all, and return their CRC64NVME in base64."""
        known: Any = {"ChecksumCRC64NVME": self.checksum(content)} if self.checksum else {}
        with translated():
            answer = self.client.put_object(Bucket=self.name, Key=object_key, Body=content, **known)
        return (known or answer).get("ChecksumCRC64NVME") or _checksum_of(content)

    def read(self, file: File, start: int, stop: int) -> bytes | None:
        """Return a file's bytes from `start` up to `stop`, of which it has one at least.

        None when there is no object, or one of another size.
        """
        stream = self.open(file, start, stop)
        return None if stream is None else stream.read()

    def open(self, file: File, start: int, stop: int) -> "ObjectStream | None":
        """Return a stream of a file's bytes from `start` up to `stop`, of which it has one.

        An empty file is read whole. None when there is no object, or one of another size.
        """
        try:
            with translated():
                if stop - start == file.bytes:
                    answer = self.client.get_object(Bucket=self.name, Key=file.object_key)
                else:
                    answer = self.client.get_object(
                        Bucket=self.name, Key=file.object_key, Range=f"bytes={start}-{stop - 1}"
                    )
                if _size_of_whole(answer) != file.bytes:
                    answer["Body"].close()
                    return None
                return ObjectStream(answer["Body"])
        except ClientError as error:
            if error_code(error) in GONE | NOT_THAT_LONG:
                return None
            raise

    def discard(self, object_key: str) -> None:
        """Delete an object that nothing refers to; on failure the lifecycle rule will."""
        try:
            self.delete(object_key)
        except (LarderError, ClientError):
            return

    def delete(self, *object_keys: str) -> None:
        """Delete objects, a thousand a call; deleting what is gone already is the same.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
        """
        keys = iter(object_keys)
        while batch := list(islice(keys, 1000)):
            with translated():
                answer = self.client.delete_objects(
                    Bucket=self.name,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                )
            if answer.get("Errors"):
                raise Unavailable


def _size_of_whole(answer: "GetObjectOutputTypeDef") -> int:
    """Return the whole object's size, whether a range or all of it was read."""
    total = answer.get("ContentRange", "").rpartition("/")[2]
    return int(total) if total.isdigit() else answer["ContentLength"]


def _checksum_of(content: bytes) -> str:
    """Compute the checksum where S3 returns none; on AWS it does, so this is imported only here."""
    from lambdas.core.crc64nvme import Crc64nvme  # noqa: PLC0415

    return Crc64nvme(content).in_base64()
