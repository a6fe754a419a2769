"""What goes wrong on the way between the client and the fakes."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.client.fakes.server import Response


@dataclass
class Fault:
    """Happens to `times` requests whose `METHOD path` contains a match, after the first `skip`.

    - status: answers `status` with `body` and does nothing.
    - reset: reads `after_bytes` of the body, then resets the connection.
    - cut: sends `after_bytes` of the answer's body, then closes the connection.
    - lost: does what is asked, then resets the connection instead of answering.
    - hold: waits until `released` is set, then resets the connection.
    - alter: does what is asked, and answers what `alter` makes of the answer.
    - trickle: takes `seconds` to read the body, an eighth at a time, and does what is asked.
    """

    pattern: str
    kind: Literal["status", "reset", "cut", "lost", "hold", "trickle", "alter"]
    times: int = 1
    skip: int = 0
    status: int = 500
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_bytes: int = 0
    seconds: float = 0
    alter: "Callable[[Response], Response] | None" = None
    released: threading.Event = field(default_factory=threading.Event)


class Faults:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def next(self, request: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times == 0 or not re.search(fault.pattern, request):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def release(self) -> None:
        """Ends all holding."""
        for fault in self._faults:
            fault.released.set()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns as soon as the condition holds; fails the test when it does not come to hold."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("what the test waits for did not happen")


def no_worker_runs() -> bool:
    """Whether no thread of an upload or download is left, and so none that uses its client."""
    return all(thread.name != "larder-worker" for thread in threading.enumerate())
