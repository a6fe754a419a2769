"""Room on Python's stack, without which much of the tests' time goes into the system.

CPython 3.11 keeps frames in chunks of 16 KiB, and maps or unmaps memory whenever a call crosses
from one to the next. Below pytest, an SDK, botocore and moto some loop always does, thousands of
times a test. A chunk is as large as its first frame asks for: all tests run below one that asks
for much.
https://github.com/python/cpython/blob/3.11/Python/pystate.c (push_chunk)
"""

import sys
from collections.abc import Callable

import pytest

SLOTS = 2**17
"""Its frame is 1 MiB, so that the chunk is 2 and what is called has the other."""


def _with_room(call: Callable[..., object], session: pytest.Session) -> object:
    return call(session=session)


_with_room.__code__ = _with_room.__code__.replace(co_stacksize=SLOTS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """Have whoever would run the tests run them, below a frame with room."""
    plugins = session.config.pluginmanager
    run = plugins.subset_hook_caller("pytest_runtestloop", [sys.modules[__name__]])
    return _with_room(run, session)
