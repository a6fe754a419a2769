"""Retries of writes that conflict with another transaction, which botocore does not retry.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.exceptions import ClientError

from lambdas.core.errors import Busy
from lambdas.stores.aws import error_code, translated

T = TypeVar("T")
# One owner's parallel creates all write the usage item, each for some 20 ms, so 64 of them take two
# seconds; the budget ends well before API Gateway's 29 s. `make simulate` computes other cases:
# docs/limits.md.
CONFLICT_BUDGET_SECONDS = 12.0
LONGEST_PAUSE_SECONDS = 0.1


def pauses(
    now: Callable[[], float] = time.monotonic,
    uniform: Callable[[float, float], float] = random.uniform,
) -> Iterator[float]:
    """Yield how long to wait before each try, at random, until the time is used up."""
    deadline = now() + CONFLICT_BUDGET_SECONDS
    pause = 0.02
    yield 0.0
    while now() <= deadline:
        yield uniform(0, pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def tries() -> Iterator[None]:
    """Yield for each try until the time is used up, with pauses of random length in between."""
    for pause in pauses():
        time.sleep(pause)
        yield


def outlasting_conflicts(write: Callable[[], T]) -> T:
    """Write one item, retrying while transactions conflict with it.

    Raises Busy when the conflicts do not end, Unavailable when the outcome is unknown.
    """
    for _ in tries():
        try:
            with translated():
                return write()
        except ClientError as error:
            if error_code(error) != "TransactionConflictException":
                raise
    raise Busy
