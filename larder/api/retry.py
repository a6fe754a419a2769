"""When to try again, and how long to wait: the openai SDKs' rules."""

import random
from collections.abc import Iterator, Mapping

ATTEMPTS = 6
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 8.0

# What a server may ask for at most; beyond it the SDKs give up, and so do we.
_LONGEST_RETRY_AFTER = 120.0


def delays() -> Iterator[float]:
    """Seconds to wait before each of the further attempts: doubling, less up to a quarter."""
    for attempt in range(ATTEMPTS - 1):
        yield min(_FIRST_DELAY * 2**attempt, _LONGEST_DELAY) * (1 - 0.25 * random.random())


def may_retry(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the answer may differ next time; the server's `x-should-retry` decides."""
    wanted = headers.get("x-should-retry")
    if wanted is not None:
        return wanted.lower() == "true"
    return status in {408, 409, 429} or status >= 500


def wait_before_retry(delay: float, headers: Mapping[str, str]) -> float:
    """The server's Retry-After in seconds, if it is sensible, else the delay."""
    try:
        requested = float(headers.get("retry-after", ""))
    except ValueError:
        return delay
    return requested if 0 < requested <= _LONGEST_RETRY_AFTER else delay
