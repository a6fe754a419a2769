"""A stage: every play begins where the first began, and nothing of it is left."""

import gc
from collections.abc import Mapping

import pytest

from tests.orders.stages import MadeStage, files, parts
from tests.orders.turns import Step


def first(steps: Mapping[str, Step]) -> str:
    return next(iter(steps))


@pytest.mark.parametrize(
    ("made", "who"), [(files, ("create", "delete")), (parts, ("complete", "cancel"))]
)
def test_the_same_order_comes_to_the_same(made: MadeStage, who: tuple[str, ...]) -> None:
    with made() as stage:
        once, again = stage.play(who, first), stage.play(who, first)
    assert once is not None
    assert once == again


def test_nothing_is_left_open() -> None:
    """Else whatever comes next is told that something was not closed."""
    with parts() as stage:
        for _ in range(3):
            stage.play(("complete", "put", "stage"), first)
    del stage
    gc.collect()
