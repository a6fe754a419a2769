"""What DynamoDB does and moto does not: writes that meet a transaction on an item are refused.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

import json
import threading
import time
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.bed.wire import Call, Send, aws_error

TRANSACTION_SECONDS = 0.005
_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


class Conflicts:
    """An interceptor that lets one transaction at a time have an item; `count` are its refusals."""

    def __init__(self) -> None:
        self.count = 0
        self._held: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.operation in _WRITES:
            return self._write(call, send)
        if call.operation == "TransactWriteItems":
            return self._transact(call, send)
        return send()

    def _write(self, call: Call, send: Send) -> AWSResponse:
        with self._lock:
            if _key(call.json()) in self._held:
                self.count += 1
                return aws_error(call, "TransactionConflictException")
        return send()

    def _transact(self, call: Call, send: Send) -> AWSResponse:
        keys = [_key(write) for item in call.json()["TransactItems"] for write in item.values()]
        with self._lock:
            taken = [key in self._held for key in keys]
            if any(taken):
                self.count += 1
                reasons = [{"Code": "TransactionConflict" if one else "None"} for one in taken]
                return aws_error(call, "TransactionCanceledException", CancellationReasons=reasons)
            self._held.update(keys)
        try:
            time.sleep(TRANSACTION_SECONDS)  # as long as others may come in between
            return send()
        finally:
            with self._lock:
                self._held.difference_update(keys)


def _key(write: dict[str, Any]) -> str:
    """Name the item of a write; those of the table of API keys have another key, and no owner."""
    item = write.get("Key") or write["Item"]
    return json.dumps([item.get("owner"), item.get("id")])
