"""A few threads that run jobs until all are done or one has failed."""

import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from larder.errors import UsageError

THREADS = 4
MOST_THREADS = 32

# How soon the caller notices `stop`, and on Windows Ctrl-C, which interrupts no wait there.
_SECONDS_BETWEEN_LOOKS = 0.2

# How long the other jobs may take to end their calls when one has failed.
_MOST_SECONDS_TO_END = 3.0


class Stopped(Exception):
    """How a job ends when another one failed or the caller gave up; not an error."""


def must_be_threads(threads: object) -> None:
    """Raises UsageError for a senseless number of threads."""
    if not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS:
        raise UsageError(f"threads must be 1 to {MOST_THREADS}, not {threads!r}")


class Workers:
    """Runs jobs on daemon threads; the first failure stops them all.

    Daemon threads, unlike those of an executor, do not hold up the end of the program: after
    Ctrl-C nobody wants to wait for a stalled connection.
    """

    def __init__(self, threads: int, stop: threading.Event | None = None) -> None:
        """Starts at most so many threads, each for a job; others may set `stop` to end the work."""
        self._stop = stop or threading.Event()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._unfinished = 0
        self._failure: BaseException | None = None
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._most_threads = threads
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for _ in self._threads:
            self._jobs.put(None)
        # Wait for the threads, since the caller may close its client. A caller that gave up does
        # not wait.
        if exc is None or (isinstance(exc, Exception) and not isinstance(exc, Stopped)):
            self._join()

    def _join(self) -> None:
        end = time.monotonic() + _MOST_SECONDS_TO_END
        for thread in self._threads:
            thread.join(max(0, end - time.monotonic()))

    def submit(self, job: Callable[[], None]) -> None:
        """Adds a job. It must check `raise_if_stopped` often, or end soon."""
        with self._changed:
            self._unfinished += 1
        self._jobs.put(job)
        if len(self._threads) < self._most_threads:
            thread = threading.Thread(target=self._run, daemon=True, name="larder-worker")
            self._threads.append(thread)
            thread.start()

    def wait_until(self, unfinished: int) -> None:
        """Waits until at most so many jobs are unfinished.

        Raises the first failure, and Stopped once `stop` is set.
        """
        with self._changed:
            while self._failure is None and not self._stop.is_set():
                if self._unfinished <= unfinished:
                    return
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)
            raise self._failure or Stopped

    def raise_if_stopped(self) -> None:
        """For jobs: raises Stopped once another job failed or `stop` is set."""
        if self._stopped.is_set() or self._stop.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """For jobs: waits, but raises Stopped soon after another job failed or `stop` is set."""
        end = time.monotonic() + seconds
        self.raise_if_stopped()
        while (left := end - time.monotonic()) > 0:
            self._stopped.wait(min(left, _SECONDS_BETWEEN_LOOKS))
            self.raise_if_stopped()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            failure: BaseException | None = None
            try:
                if not self._stopped.is_set():
                    job()
            except Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                failure = error
                self._stopped.set()
            del job  # it may refer to a part's buffer, and the next job may come late
            with self._changed:
                self._unfinished -= 1
                self._failure = self._failure or failure
                self._changed.notify_all()
