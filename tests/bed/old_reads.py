"""A DynamoDB whose eventually consistent reads answer with the catalog as it was."""

import json
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.bed.wire import Call, Send, answer

Item = dict[str, Any]
READS = ("Scan", "Query", "BatchGetItem")


class OldReads:
    """Answers from what `items` were, where a read does not ask for consistency; counts those."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.answered = 0

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        """Answer a call, or pass it on."""
        if call.operation not in READS or _is_consistent(call.json()):
            return send()
        self.answered += 1
        body = json.dumps(self._answer(call.operation, call.json())).encode()
        return answer(call, 200, body, "application/x-amz-json-1.0")

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "BatchGetItem":
            [(table, wanted)] = request["RequestItems"].items()
            return {"Responses": {table: self._those(lambda key: key in wanted["Keys"])}}
        if operation == "Scan":
            return {"Items": self.items}
        owner = request["ExpressionAttributeValues"][":owner"]
        return {"Items": self._those(lambda key: key["owner"] == owner)}

    def _those(self, is_wanted: Callable[[Item], bool]) -> list[Item]:
        key = ("owner", "id")
        return [item for item in self.items if is_wanted({name: item[name] for name in key})]


def _is_consistent(request: dict[str, Any]) -> bool:
    tables = request.get("RequestItems", {}).values()
    return all(one.get("ConsistentRead", False) for one in tables or [request])
