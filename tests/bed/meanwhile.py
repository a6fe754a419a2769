"""What others do while a function is at work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.awsrequest import AWSResponse

from tests.bed.faults import chained
from tests.bed.wire import Call, Send, Wire


@contextmanager
def meanwhile(wire: Wire, operation: str, happen: Callable[[], object]) -> Iterator[None]:
    """Let something happen just before the first call of this operation, such as `PutObject`.

    What happens may itself be a request: its calls are not interfered with.
    """
    waiting = [happen]

    def interceptor(call: Call, send: Send) -> AWSResponse:
        if call.operation == operation and waiting:
            interfering, wire.interceptor = wire.interceptor, None
            try:
                waiting.pop()()
            finally:
                wire.interceptor = interfering
        return send()

    before, wire.interceptor = wire.interceptor, chained(interceptor, wire.interceptor)
    try:
        yield
    finally:
        wire.interceptor = before


@contextmanager
def before_call(wire: Wire, number: int, happen: Callable[[], object]) -> Iterator[None]:
    """Let something happen just before a function's call of this number, counted from 0."""
    passed: list[str] = []
    lock = threading.Lock()

    def interceptor(call: Call, send: Send) -> AWSResponse:
        with lock:
            passed.append(call.operation)
            if len(passed) == number + 1:
                interfering, wire.interceptor = wire.interceptor, None
                try:
                    happen()
                finally:
                    wire.interceptor = interfering
        return send()

    before, wire.interceptor = wire.interceptor, chained(interceptor, wire.interceptor)
    try:
        yield
    finally:
        wire.interceptor = before
    assert len(passed) > number, f"there were only {passed}"
