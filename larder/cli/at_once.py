"""Processes several items at once, and reports them in their order."""

import argparse
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from larder.cli.arguments import argument_type
from larder.cli.each import Failures, affects_all, failing, for_each
from larder.errors import LarderError, UsageError
from larder.net import MOST_CONNECTIONS
from larder.transfer.workers import Workers
from larder.values import parse_count

T = TypeVar("T")
R = TypeVar("R")

JOBS = 4
MOST_JOBS = 16

# After Ctrl-C a call is given time to end, so that it makes no file without its id being printed.
_MOST_SECONDS_TO_END = 2.0


def add_jobs(parser: argparse.ArgumentParser, what: str) -> None:
    """Adds `--jobs`: how many files are on their way at once."""
    parser.add_argument(
        "-j",
        "--jobs",
        type=argument_type(partial(parse_count, what="jobs", most=MOST_JOBS)),
        metavar="N",
        help=f"{what} at once: 1 to {MOST_JOBS} ({JOBS})",
    )


def jobs_of(arguments: argparse.Namespace) -> int:
    """How many files at once; fewer than usual where each has many threads.

    Raises UsageError for more connections than one client should have.
    """
    threads: int = arguments.threads
    jobs: int | None = arguments.jobs
    if jobs is None:
        return max(1, min(JOBS, MOST_CONNECTIONS // threads))
    if jobs > 1 and jobs * threads > MOST_CONNECTIONS:
        combination = f"--jobs {jobs} with --threads {threads} are {jobs * threads} connections"
        raise UsageError(f"{combination}: at most {MOST_CONNECTIONS} are allowed")
    return jobs


def at_once(
    things: Sequence[T],
    do: Callable[[T], R],
    report: Callable[[T, R], None],
    *,
    jobs: int,
    stop: threading.Event | None = None,
    failures: Failures | None = None,
) -> int:
    """Processes all items, `jobs` at a time on threads, or in this thread if it is one at a time.

    Returns the exit code of the first failure, which may be one that `failures` has already.

    Results and failures are reported in this thread and in the order of the items, each as soon as
    all before it are. After a failure that affects all items no more are begun. Ctrl-C sets `stop`,
    waits at most two seconds for what is under way, reports what is done, and is raised again.
    """
    failures = failures or Failures()
    if min(jobs, len(things)) <= 1:
        return for_each(things, lambda thing: report(thing, do(thing)), failures)
    doing = _Doing(things, do, report, failures)
    try:
        doing.run(jobs, stop or threading.Event())
    finally:
        doing.report(skip_unfinished=True)
    failures.report_not_tried(doing.not_begun, among=len(things))
    return failures.exit_code


class _Doing(Generic[T, R]):
    """The results so far, and how many are reported."""

    def __init__(
        self,
        things: Sequence[T],
        do: Callable[[T], R],
        report: Callable[[T, R], None],
        failures: Failures,
    ) -> None:
        self.not_begun = len(things)
        self._things = things
        self._do = do
        self._report = report
        self._failures = failures
        self._failed: dict[int, LarderError] = {}
        self._done: dict[int, R] = {}
        self._reported = 0
        self._is_given_up = threading.Event()
        self._running = 0
        self._changed = threading.Condition()

    def run(self, jobs: int, stop: threading.Event) -> None:
        with Workers(jobs) as workers:
            for number in range(len(self._things)):
                workers.submit(partial(self._do_one, number))
            try:
                for unfinished in reversed(range(len(self._things))):
                    workers.wait_until(unfinished)
                    self.report()
            except BaseException as error:
                self._is_given_up.set()
                if isinstance(error, KeyboardInterrupt):
                    stop.set()
                    with self._changed:
                        self._changed.wait_for(lambda: not self._running, _MOST_SECONDS_TO_END)
                raise

    def report(self, *, skip_unfinished: bool = False) -> None:
        """Reports the finished items whose turn it is, once each."""
        while self._reported < len(self._things):
            number = self._reported
            if number in self._done:
                self._reported += 1
                self._report(self._things[number], self._done.pop(number))
            elif number in self._failed:
                self._reported += 1
                self._failures.report(self._things[number], self._failed.pop(number))
            elif skip_unfinished:
                self._reported += 1
            else:
                return

    def _do_one(self, number: int) -> None:
        with self._changed:
            if self._is_given_up.is_set():
                return
            self.not_begun -= 1
            self._running += 1
        try:
            with failing():
                self._done[number] = self._do(self._things[number])
        except LarderError as error:
            self._failed[number] = error
            if affects_all(error):
                self._is_given_up.set()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
