"""An owner's quota, kept on the owner's `usage` item in the catalog."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from larder.admin.deployment import Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class OwnerUsage:
    """What an owner holds, in bytes; `quota_bytes` is None where the stage's default holds."""

    owner: str
    bytes: int
    reserved_bytes: int
    quota_bytes: int | None
    files: int


class QuotaTable:
    """The quotas and usage of a deployment's owners."""

    def __init__(self, deployment: Deployment) -> None:
        self._dynamodb: DynamoDBClient = deployment.session.client("dynamodb")
        self._table = deployment.catalog_table

    def get(self, owner: str) -> OwnerUsage:
        """The owner's usage: zero for one that has stored nothing yet."""
        with translated_errors():
            answer = self._dynamodb.get_item(
                TableName=self._table, Key=_key(owner), ConsistentRead=True
            )
        item = answer.get("Item", {})
        reserved = _number(item, "reserved_bytes") or 0
        return OwnerUsage(
            owner=owner,
            bytes=(_number(item, "used_bytes") or 0) - reserved,
            reserved_bytes=reserved,
            quota_bytes=_number(item, "quota_bytes"),
            files=_number(item, "files") or 0,
        )

    def set(self, owner: str, quota_bytes: int | None) -> None:
        """Sets the owner's quota; None returns it to the stage's default.

        A quota below what is stored deletes nothing: it only refuses what comes next.
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
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(owner),
                UpdateExpression=change,
                ExpressionAttributeValues=values,
            )


def _key(owner: str) -> dict[str, Any]:
    return {"owner": {"S": owner}, "id": {"S": "usage"}}


def _number(item: dict[str, Any], name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None
