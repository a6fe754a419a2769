"""Faults: every way in which one call of a function to AWS can go wrong, put on the wire.

    strike = Strike(FAULTS[0], at=3)
    with hasty_retries(), strike.on(bed.wire):
        http.delete(f"/files/{file_id}")

The fault lies beneath botocore, whose own retries see it as they would see AWS.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.exceptions import HTTPClientError, ReadTimeoutError
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from lambdas.stores.catalog import conflicts
from tests.bed.s3_trouble import (
    acts_and_fails_in_a_200,
    conflicts_with_another,
    deletes_objects,
    deletes_only_some,
    fails_in_a_200,
    has_joined_before,
    joins_parts,
)
from tests.bed.wire import Call, Interceptor, Killed, Send, Wire, answer, aws_error

READS = ("Get", "Head", "List", "Query", "Scan")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class Extent(Enum):
    """How much a fault hits."""

    ATTEMPT = "once"
    """One attempt; botocore's next is well."""
    CALL = "in every attempt"
    """Every attempt at this call; the calls after it are well."""
    OUTAGE = "from there on"
    """This call and every other until the function ends."""


@dataclass(frozen=True)
class Fault:
    """One way to go wrong: what happens to a call, and to which calls it can happen."""

    name: str
    extent: Extent
    happen: Callable[["Strike", Call, Send], AWSResponse] = field(repr=False)
    can_hit: Callable[[Call], bool] = field(default=lambda call: True, repr=False)

    def __str__(self) -> str:
        return f"{self.name} {self.extent.value}"

    @property
    def may_keep_the_key(self) -> bool:
        """Whether an Idempotency-Key may stay taken: it cannot be given back, or is taken late."""
        return self.extent is Extent.OUTAGE or self.happen in (
            _dies_before,
            _dies_after,
            _acts_late,
        )


class Strike:
    """An interceptor that lets a fault happen to the call of this number, counted from 0.

    With the name of an operation, such as `PutItem`, only its calls are counted. `struck` is the
    call that was hit, None while it has not come.
    """

    def __init__(self, fault: Fault, at: int, operation: str | None = None) -> None:
        self.fault = fault
        self.operation = operation
        self.struck: Call | None = None
        self.late: list[Send] = []
        self._at = at
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, call: Call, send: Send) -> AWSResponse:
        with self._lock:
            hit = self._hits(call)
            self._count += self.operation in (None, call.operation)
        return self.fault.happen(self, call, send) if hit else send()

    def _hits(self, call: Call) -> bool:
        counted = self.operation in (None, call.operation)
        if counted and self._count == self._at and self.fault.can_hit(call):
            self.struck = call
            return True
        if self.struck is None or self.fault.extent is Extent.ATTEMPT:
            return False
        same = self.fault.extent is Extent.OUTAGE or _is_attempt_at(self.struck, call)
        return same and self.fault.can_hit(call)

    @contextmanager
    def on(self, wire: Wire) -> Iterator[None]:
        """Strike on this wire; at the end, what was held back acts after all."""
        before, wire.interceptor = wire.interceptor, chained(self, wire.interceptor)
        try:
            yield
        finally:
            wire.interceptor = before
            for send in self.late:
                # Another strike on the wire may hit it, of which nobody is there to be told.
                with suppress(HTTPClientError, Killed):
                    send()


def chained(outer: Interceptor, inner: Interceptor | None) -> Interceptor:
    """Make one interceptor of two; the outer one sees a call first."""
    if inner is None:
        return outer
    return lambda call, send: outer(call, lambda: inner(call, send))


def _is_attempt_at(struck: Call, call: Call) -> bool:
    return (struck.operation, struck.request.url, struck.request.body) == (
        call.operation,
        call.request.url,
        call.request.body,
    )


def _fails(_strike: Strike, call: Call, _send: Send) -> AWSResponse:
    code = "InternalError" if call.service == "s3" else "InternalServerError"
    return aws_error(call, code, status=500)


def _is_throttled(_strike: Strike, call: Call, _send: Send) -> AWSResponse:
    if call.service == "s3":
        return aws_error(call, "SlowDown", status=503)
    return aws_error(call, "ThrottlingException")


def _loses_the_answer(_strike: Strike, call: Call, send: Send) -> AWSResponse:
    send()
    raise ReadTimeoutError(endpoint_url=call.request.url)


def _acts_late(strike: Strike, call: Call, send: Send) -> AWSResponse:
    body: Any = call.request.body
    if hasattr(body, "read"):  # botocore will send it again, and rewinds what it finds here
        start = body.tell()
        call.request.body = BytesIO(body.read())
        body.seek(start)
    if isinstance(body, bytearray):  # whose memory takes other bytes by then
        call.request.body = bytes(body)
    strike.late.append(send)
    raise ReadTimeoutError(endpoint_url=call.request.url)


def _dies_before(_strike: Strike, _call: Call, _send: Send) -> AWSResponse:
    raise Killed


def _dies_after(_strike: Strike, _call: Call, send: Send) -> AWSResponse:
    send()
    raise Killed


def _is_in_conflict(_strike: Strike, call: Call, _send: Send) -> AWSResponse:
    """Meet another's transaction on an item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    """
    if call.operation != "TransactWriteItems":
        return aws_error(call, "TransactionConflictException")
    others: list[Mapping[str, Any]] = [{"Code": "None"}] * (len(call.json()["TransactItems"]) - 1)
    reasons = [*others, {"Code": "TransactionConflict"}]
    return aws_error(call, "TransactionCanceledException", CancellationReasons=reasons)


def _is_cut(_strike: Strike, call: Call, send: Send) -> AWSResponse:
    """Lose the connection in the middle of an object, after the answer's headers."""
    whole = send()
    content = whole.content
    cut = answer(call, whole.status_code, content[: len(content) // 2], "binary/octet-stream")
    for name in set(whole.headers) - set(cut.headers):
        cut.headers[name] = whole.headers[name]
    cut.headers["content-length"] = str(len(content))
    return cut


def _changes_something(call: Call) -> bool:
    return not call.operation.startswith(READS)


def _writes(call: Call) -> bool:
    return call.service == "dynamodb" and call.operation in WRITES


def _reads_an_object(call: Call) -> bool:
    return call.operation == "GetObject"


FAULTS: tuple[Fault, ...] = (
    Fault("fails", Extent.ATTEMPT, _fails),
    Fault("fails", Extent.CALL, _fails),
    Fault("fails", Extent.OUTAGE, _fails),
    Fault("is throttled", Extent.ATTEMPT, _is_throttled),
    Fault("is throttled", Extent.CALL, _is_throttled),
    Fault("loses its answer", Extent.ATTEMPT, _loses_the_answer),
    Fault("loses its answer", Extent.CALL, _loses_the_answer),
    Fault("acts late", Extent.ATTEMPT, _acts_late, _changes_something),
    Fault("acts late", Extent.CALL, _acts_late, _changes_something),
    Fault("is the last", Extent.ATTEMPT, _dies_after),
    Fault("kills the function", Extent.ATTEMPT, _dies_before),
    Fault("meets a transaction", Extent.ATTEMPT, _is_in_conflict, _writes),
    Fault("meets a transaction", Extent.CALL, _is_in_conflict, _writes),
    Fault("is cut", Extent.ATTEMPT, _is_cut, _reads_an_object),
    Fault("is cut", Extent.CALL, _is_cut, _reads_an_object),
    Fault("conflicts", Extent.ATTEMPT, conflicts_with_another, joins_parts),
    Fault("conflicts", Extent.CALL, conflicts_with_another, joins_parts),
    Fault("fails in a 200", Extent.ATTEMPT, fails_in_a_200, joins_parts),
    Fault("fails in a 200", Extent.CALL, fails_in_a_200, joins_parts),
    Fault("acts and fails in a 200", Extent.ATTEMPT, acts_and_fails_in_a_200, joins_parts),
    Fault("acts and fails in a 200", Extent.CALL, acts_and_fails_in_a_200, joins_parts),
    Fault("has joined before", Extent.ATTEMPT, has_joined_before, joins_parts),
    Fault("deletes only some", Extent.ATTEMPT, deletes_only_some, deletes_objects),
)
"""Every fault; a test takes each at each call that it can hit."""


@contextmanager
def hasty_retries() -> Iterator[None]:
    """Retry without waiting, and with the allowance of a function that has had no faults yet."""
    with ExitStack() as stack:
        for target, name, value in (
            (ExponentialBackoff, "delay_amount", lambda _self, _context: 0),
            (RetryQuota, "acquire", lambda _self, _amount: True),
            (conflicts, "CONFLICT_BUDGET_SECONDS", 0.01),
            (conflicts, "LONGEST_PAUSE_SECONDS", 0.001),
        ):
            stack.enter_context(patch.object(target, name, value))
        yield
