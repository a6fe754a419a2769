"""The bucket: objects of files, and of uploads on their way.

`expires-in-NNd/<owner>/<file or upload id>`
    A file's bytes, or an upload's that becomes one. NN is the file's life in whole days; a
    lifecycle rule deletes after NN + 1, counted from the *initiation* of a multipart upload.
`parts/<owner>/<upload id>/<part id>`
    A part that came through the API, until the upload is completed; deleted after two days.

An object is overwritten never, and metadata never holds a filename: S3 takes ASCII only.
"""

import os
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.core.errors import LarderError, Unavailable
from lambdas.stores.aws import s3, translated

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

# Whoever may list a bucket only below a prefix is told 403 for what is not there.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
GONE = frozenset({"AccessDenied", "NoSuchKey"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """The content bucket."""

    name: str
    client: "S3Client"

    @classmethod
    def from_environment(cls) -> "Bucket":
        """Open the bucket that the function's environment names."""
        return cls(os.environ["CONTENT_BUCKET"], s3())

    def put(self, object_key: str, content: bytes) -> str:
        """Store bytes durably, whole or not at all, and return their CRC64NVME in base64."""
        with translated():
            answer = self.client.put_object(Bucket=self.name, Key=object_key, Body=content)
        return answer.get("ChecksumCRC64NVME") or _checksum_of(content)

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


def _checksum_of(content: bytes) -> str:
    """Compute what S3 itself tells on AWS, so that a cold start there never loads this."""
    from lambdas.core.crc64nvme import Crc64nvme  # noqa: PLC0415

    return Crc64nvme(content).in_base64()
