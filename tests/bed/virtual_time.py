"""An event loop whose time passes at once when all that is left to do is to wait."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits for nobody: whoever would wait is told that the time is over."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Return what is ready."""
        assert timeout is not None, "the test waits for what nobody will do"
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._own = _Selector()
        super().__init__(self._own)

    def time(self) -> float:
        """Return the loop's own seconds."""
        return self._own.now


def run_in_virtual_time(act: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in which no thread has a part."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(act)
