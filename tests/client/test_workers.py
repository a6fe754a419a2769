"""The threads of a transfer: when they end, and who waits for that."""
# ruff: noqa: PT012 - the block that raises is what is tested

import threading
import time

import pytest

from larder.transfer import workers as module
from larder.transfer.workers import Stopped, Workers


class Failing(Exception):
    pass


def fail() -> None:
    raise Failing


def test_after_a_failure_no_thread_is_left_that_uses_the_callers_client() -> None:
    begun, ended = threading.Event(), threading.Event()

    def use_the_client() -> None:
        begun.set()
        time.sleep(0.1)
        ended.set()

    with pytest.raises(Failing), Workers(2) as workers:
        workers.submit(use_the_client)
        begun.wait()
        workers.submit(fail)
        workers.wait_until(0)
    assert ended.is_set()
    assert not any(thread.is_alive() for thread in workers._threads)


def test_without_a_failure_no_thread_is_left() -> None:
    with Workers(4) as workers:
        workers.submit(lambda: None)
        workers.wait_until(0)
    assert not any(thread.is_alive() for thread in workers._threads)


def test_a_stalled_job_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SECONDS_TO_END", 0.05)
    begun, released = threading.Event(), threading.Event()

    def stall() -> None:
        begun.set()
        released.wait()

    with pytest.raises(Failing), Workers(2) as workers:
        workers.submit(stall)
        begun.wait()
        workers.submit(fail)
        workers.wait_until(0)
    released.set()


@pytest.mark.parametrize("given_up", [Stopped, KeyboardInterrupt])
def test_whoever_gave_up_waits_for_nothing(
    given_up: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_SECONDS_TO_END", 3600)
    begun, released = threading.Event(), threading.Event()

    def stall() -> None:
        begun.set()
        released.wait()

    with pytest.raises(given_up), Workers(1) as workers:
        workers.submit(stall)
        begun.wait()
        raise given_up
    released.set()
