"""An owner's quota, kept on the owner's `usage` item in the catalog."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from larder.admin.attributes import number_of
from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class OwnerUsage:
    """What an owner holds, in bytes; `quota_bytes` is None where the stage's default applies.

    In a damaged item a number may be a text.
    """

    owner: str
    bytes: int | str
    reserved_bytes: int | str
    quota_bytes: int | str | None
    files: int | str


class QuotaTable:
    """The quotas and usage of a deployment's owners."""

    def __init__(self, deployment: Deployment) -> None:
        with translated_errors():
            self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.catalog_table

    def get(self, owner: str) -> OwnerUsage:
        """The owner's usage: zero for one that has stored nothing yet."""
        with translated_errors():
            answer = self._dynamodb.get_item(
                TableName=self._table, Key=_key(owner), ConsistentRead=True
            )
            item = answer.get("Item", {})
            used = number_of(item, "used_bytes") or 0
            reserved = number_of(item, "reserved_bytes") or 0
            return OwnerUsage(
                owner=owner,
                bytes=_less(used, reserved),
                reserved_bytes=reserved,
                quota_bytes=number_of(item, "quota_bytes"),
                files=number_of(item, "files") or 0,
            )

    def set(self, owner: str, quota_bytes: int | None) -> None:
        """Sets the owner's quota; None returns it to the stage's default.

        A quota below what is stored deletes nothing, and only refuses more. Raises AwsError also
        when the answer does not confirm it: boto3 takes any 200 for a success.
        """
        counters = ("used_bytes", "reserved_bytes", "files")
        change = "SET " + ", ".join(f"{name} = if_not_exists({name}, :zero)" for name in counters)
        values: dict[str, Any] = {":zero": {"N": "0"}}
        if quota_bytes is None:
            change += " REMOVE quota_bytes"
        else:
            change += ", quota_bytes = :quota"
            values[":quota"] = {"N": str(quota_bytes)}
        with translated_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(owner),
                UpdateExpression=change,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
            if number_of(answer["Attributes"], "quota_bytes") != quota_bytes:
                raise LookupError


def _less(used: int | str, reserved: int | str) -> int | str:
    return used if isinstance(used, str) or isinstance(reserved, str) else used - reserved


def _key(owner: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": "usage"}}
