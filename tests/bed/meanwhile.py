"""What others do while a function is at work."""

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
