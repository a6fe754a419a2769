"""Damage to a deployment, as an operator's hand or a lost write would leave it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

NOBODYS_FILE = "file-01m86ady7stpsq9kjsqaqdh3bs"
NOBODYS_UPLOAD = "upload_01m86ady7stpsq9kjsqaqdh3bs"


@dataclass(frozen=True)
class Vandal:
    """Whoever damages what one owner has, past the API."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    bucket: str
    catalog: str
    owner: str

    def item(self, identifier: str) -> Mapping[str, Any]:
        """Return an item as it is."""
        answer = self.dynamodb.get_item(
            TableName=self.catalog, Key=self._key(identifier), ConsistentRead=True
        )
        return answer["Item"]

    def mangle(self, identifier: str, **attributes: Any) -> None:
        """Give an item other attributes, in DynamoDB's notation; None takes one away."""
        item = {**self.item(identifier), **attributes}
        self.put_item({name: value for name, value in item.items() if value is not None})

    def put_item(self, item: Mapping[str, Any]) -> None:
        """Write an item, whatever is in it."""
        self.dynamodb.put_item(TableName=self.catalog, Item=item)

    def copy_item(self, identifier: str, owner: str) -> None:
        """Write an item of the owner's under another's name."""
        self.put_item({**self.item(identifier), "owner": {"S": owner}})

    def swap_keys(self, one: str, other: str) -> None:
        """Let each of two items name the other's object."""
        key, other_key = self.item(one)["object_key"], self.item(other)["object_key"]
        self.mangle(one, object_key=other_key)
        self.mangle(other, object_key=key)

    def lose_item(self, identifier: str) -> None:
        """Remove a file or session; the stream tells of it."""
        self.dynamodb.delete_item(TableName=self.catalog, Key=self._key(identifier))

    def lose_object_of(self, file_id: str) -> None:
        """Delete a file's object."""
        self.s3.delete_object(Bucket=self.bucket, Key=self.item(file_id)["object_key"]["S"])

    def cut_object_of(self, file_id: str, content: bytes) -> None:
        """Put other bytes in the place of a file's."""
        self.put_object(self.item(file_id)["object_key"]["S"], content)

    def change_usage(self) -> None:
        """Count a byte that is not there."""
        self._update("usage", "ADD used_bytes :value", {"N": "1"})

    def let_expire(self, identifier: str, at: float) -> None:
        """Give a file or session another end."""
        self._update(identifier, "SET expires_at = :value", {"N": str(int(at))})

    def put_object(self, object_key: str, content: bytes = b"lost") -> None:
        """Store an object."""
        self.s3.put_object(Bucket=self.bucket, Key=object_key, Body=content)

    def leave_object(self) -> None:
        """Store an object of a file that there is not."""
        self.put_object(f"expires-in-07d/{self.owner}/{NOBODYS_FILE}")

    def leave_staged_part(self) -> None:
        """Store a part of a session that there is not."""
        self.put_object(f"parts/{self.owner}/{NOBODYS_UPLOAD}/part_x")

    def leave_multipart_upload(self) -> str:
        """Begin a multipart upload of a session that there is not, and return its id."""
        key = f"expires-in-01d/{self.owner}/{NOBODYS_UPLOAD}"
        return self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def swap_multipart_upload(self, upload_id: str) -> None:
        """Give a session another multipart upload, as if its own had never been aborted."""
        key = self.item(upload_id)["object_key"]["S"]
        begun = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        self._update(upload_id, "SET multipart_id = :value", {"S": begun})

    def abort_all(self) -> None:
        """Abort every multipart upload of the owner's, as the lifecycle rule does."""
        for begun in self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            key = begun["Key"]
            if key.split("/")[1] == self.owner:
                self.s3.abort_multipart_upload(
                    Bucket=self.bucket, Key=key, UploadId=begun["UploadId"]
                )

    def _key(self, identifier: str) -> dict[str, Any]:
        return {"owner": {"S": self.owner}, "id": {"S": identifier}}

    def _update(self, identifier: str, change: str, value: Any) -> None:
        self.dynamodb.update_item(
            TableName=self.catalog,
            Key=self._key(identifier),
            UpdateExpression=change,
            ExpressionAttributeValues={":value": value},
        )


def vandal_of(session: "boto3.Session", owner: str) -> Vandal:
    """Return whoever damages what an owner has on the bed."""
    s3, dynamodb = session.client("s3"), session.client("dynamodb")
    return Vandal(s3, dynamodb, CONTENT_BUCKET, CATALOG_TABLE, owner)
