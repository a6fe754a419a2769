"""Whatever others send is read, or refused, in time linear in its size."""

import gc
import logging
import time
from collections.abc import Iterator

import pytest

from tests.fuzz.growing import GROWING, Growing

MIB = 2**20
TRIES = 5

# Four times the bytes take four times as long, and sixteen times where time is quadratic.
MOST = 9

# Below this, what is measured is the machine; a quadratic megabyte takes seconds.
LEAST_SECONDS = 0.01


@pytest.fixture(autouse=True)
def without_a_log() -> Iterator[None]:
    """What is damaged is logged, which is not what is measured."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def seconds(growing: Growing, data: bytes) -> float:
    started = time.process_time()
    growing.try_(data)
    return time.process_time() - started


def measured(growing: Growing) -> dict[int, float]:
    """Return the best times by MiB, as soon as they are those of linear time."""
    inputs = {size: growing.of(size * MIB) for size in (1, 2, 4)}
    best = dict.fromkeys(inputs, float("inf"))
    gc.disable()
    try:
        for _ in range(TRIES):
            best = {size: min(best[size], seconds(growing, inputs[size])) for size in inputs}
            if is_linear(best):
                break
    finally:
        gc.enable()
    return best


def is_linear(best: dict[int, float]) -> bool:
    base = max(best[1], LEAST_SECONDS)
    return best[2] < MOST / 2 * base and best[4] < MOST * base


@pytest.mark.drawn("name", sorted(GROWING), 12)
def test_it_takes_time_linear_in_its_size(name: str) -> None:
    best = measured(GROWING[name])
    assert is_linear(best), f"seconds by MiB: {best}"


def test_what_takes_longer_is_noticed() -> None:
    def quadratic(data: bytes) -> None:
        for start in range(0, len(data), 8192):
            data.count(b"y", start)

    assert not is_linear(measured(Growing(quadratic, b"", b"x")))
