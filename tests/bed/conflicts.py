"""What DynamoDB does and moto does not: transactions that meet on an item are cancelled."""

import json
import threading
import time

from botocore.awsrequest import AWSResponse

from tests.bed.wire import Call, Send, aws_error

TRANSACTION_SECONDS = 0.005


class Conflicts:
    """An interceptor that lets one transaction at a time have an item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    """

    def __init__(self) -> None:
        self.count = 0
        self._held: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        if call.operation != "TransactWriteItems":
            return send()
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


def _key(write: dict[str, dict[str, object]]) -> str:
    item = write.get("Key") or write["Item"]
    return json.dumps([item["owner"], item["id"]])
