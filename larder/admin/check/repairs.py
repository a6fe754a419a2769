"""What a check writes to the catalog; each write is refused when the item is not as it was seen."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from larder.admin.check.items import COUNTERS, Entry, Numbers
from larder.admin.check.names import UPLOAD, USAGE, marker_key
from larder.admin.deployment import translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# As the reaper's: the stream keeps records for a day, and a marker outlives them.
MARKER_SECONDS = 7 * 86_400

# The last is DynamoDB's for a sum with what is no number, where the usage cannot be read.
_REFUSED = frozenset(
    {"ConditionalCheckFailedException", "TransactionCanceledException", "ValidationException"}
)


def item_key(owner: str, identifier: str) -> dict[str, Any]:
    """The key of an item."""
    return {"owner": {"S": owner}, "id": {"S": identifier}}


@dataclass(frozen=True)
class Repairs:
    """The writes; each returns whether it was done."""

    dynamodb: "DynamoDBClient"
    table: str

    def remove(self, entry: Entry) -> bool:
        """Removes a file or session as it was seen, and gives its bytes back.

        The session that a file came by shows it too, and goes with it. What has a marker already
        was put back by an operator and goes alone: its bytes were given back before.
        """
        held = entry.bytes if entry.is_file or entry.is_pending else 0
        steps = [self._deletion(entry)]
        if entry.is_file and entry.key is not None and entry.key.id.startswith(UPLOAD):
            session = self._write("Delete", item_key(entry.owner, entry.key.id))
            session["Delete"] |= {
                "ConditionExpression": "attribute_not_exists(id) OR file_id = :file_id",
                "ExpressionAttributeValues": {":file_id": {"S": entry.id}},
            }
            steps.append(session)
        if not held and not entry.is_file:
            return self._done(steps)
        reserved = 0 if entry.is_file else held
        giving_back = [self._marker(entry), self._given_back(entry, held, reserved)]
        # Where there was no marker after all, the reaper gives back when the stream tells it.
        return self._done([*steps, *giving_back]) or self._done(steps)

    def remove_session(self, entry: Entry) -> bool:
        """Removes a session that holds no bytes, as it was seen."""
        return self._done([self._deletion(entry)])

    def remove_copy(self, entry: Entry) -> bool:
        """Removes a copy of another owner's item and gives nothing back: it never took any.

        First it forgets whose object it named, so that no reaper can take that for its own.
        """
        forget = {
            "TableName": self.table,
            "Key": item_key(entry.owner, entry.id),
            "UpdateExpression": "REMOVE object_key, multipart_id",
            "ConditionExpression": "object_key = :object_key",
            "ExpressionAttributeValues": {":object_key": {"S": entry.object_key}},
        }
        removal = self._write("Delete", item_key(entry.owner, entry.id))
        removal["Delete"]["ConditionExpression"] = "attribute_not_exists(object_key)"
        return self._done([{"Update": forget}]) and self._done([removal, self._marker(entry)])

    def put_back(self, item: Mapping[str, Any]) -> bool:
        """Puts an item, as DynamoDB had it, where there is none."""
        with translated_errors():
            try:
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(id)",
                )
            except self.dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def set_text(self, entry: Entry, name: str, expected: str, value: str) -> bool:
        """Sets an attribute of an item that still has what was seen."""
        unset = "" if expected else "attribute_not_exists(#name) OR "
        update = {
            "TableName": self.table,
            "Key": item_key(entry.owner, entry.id),
            "UpdateExpression": "SET #name = :value",
            "ConditionExpression": f"attribute_exists(id) AND ({unset}#name = :was)",
            "ExpressionAttributeNames": {"#name": name},
            "ExpressionAttributeValues": {":value": {"S": value}, ":was": {"S": expected}},
        }
        return self._done([{"Update": update}])

    def set_usage(
        self,
        owner: str,
        seen: Mapping[str, Any],
        totals: Numbers,
        settled_at: float,
    ) -> bool:
        """Sets an owner's usage, if its numbers still are as DynamoDB had them.

        For what went before `settled_at`, the reaper then gives no bytes back.
        """
        conditions, values = [], {":settled_at": {"N": str(int(settled_at))}}
        for name, number in zip(COUNTERS, totals, strict=True):
            values[f":{name}"] = {"N": str(number)}
            if seen.get(name) is None:
                conditions.append(f"attribute_not_exists(#{name})")
            else:
                conditions.append(f"#{name} = :was_{name}")
                values[f":was_{name}"] = seen[name]
        names = (*COUNTERS, "settled_at")
        update = {
            "TableName": self.table,
            "Key": item_key(owner, USAGE),
            "ConditionExpression": " AND ".join(conditions),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": values,
        }
        return self._done([{"Update": update}])

    def _write(self, kind: str, key: Mapping[str, Any]) -> dict[str, Any]:
        return {kind: {"TableName": self.table, "Key": key}}

    def _deletion(self, entry: Entry) -> dict[str, Any]:
        removal = self._write("Delete", item_key(entry.owner, entry.id))
        condition, values = "expires_at = :expires_at", {":expires_at": entry.expires_at}
        if entry.is_pending:  # and takes more with each part that comes through the API
            condition += " AND #bytes = :bytes"
            values[":bytes"] = entry.bytes
            removal["Delete"]["ExpressionAttributeNames"] = {"#bytes": "bytes"}
        removal["Delete"] |= {
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {
                name: {"N": str(value)} for name, value in values.items()
            },
        }
        return removal

    def _marker(self, entry: Entry) -> dict[str, Any]:
        item = item_key(*marker_key(entry.owner, entry.id))
        item["expires_at"] = {"N": str(int(time.time()) + MARKER_SECONDS)}
        put = {
            "TableName": self.table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(id)",
        }
        return {"Put": put}

    def _given_back(self, entry: Entry, held: int, reserved: int) -> dict[str, Any]:
        numbers = (-held, -reserved, -int(entry.is_file), -int(entry.is_pending))
        given = self._write("Update", item_key(entry.owner, USAGE))
        given["Update"] |= {
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in COUNTERS),
            "ExpressionAttributeNames": {f"#{name}": name for name in COUNTERS},
            "ExpressionAttributeValues": {
                f":{name}": {"N": str(number)}
                for name, number in zip(COUNTERS, numbers, strict=True)
            },
        }
        return given

    def _done(self, steps: list[Any]) -> bool:
        from botocore.exceptions import ClientError

        with translated_errors():
            try:
                self.dynamodb.transact_write_items(TransactItems=steps)
            except ClientError as error:
                if error.response["Error"]["Code"] in _REFUSED:
                    return False
                raise
        return True
