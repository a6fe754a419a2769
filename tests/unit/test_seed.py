"""The part of a matrix that a run plays."""

import pytest

from tests.seed import drawn

FAULTS = range(20)


class Told:
    """The options of a run."""

    def __init__(self, seed: int, *, whole: bool = False) -> None:
        self.option = self
        self.seed = seed
        self.whole = whole


def part(seed: int, name: str = "create", *, whole: bool = False) -> list[int]:
    config = Told(seed, whole=whole)
    return list(drawn(config, name, FAULTS, 3))  # type: ignore[arg-type]


def test_a_seed_draws_the_same_again() -> None:
    assert part(7) == part(7)
    assert len({*part(7)}) == 3


def test_every_name_and_every_seed_draws_its_own() -> None:
    assert part(7) != part(7, "delete") != part(8, "delete")


def test_in_time_all_are_drawn() -> None:
    assert {fault for seed in range(100) for fault in part(seed)} == {*FAULTS}


def test_the_whole_is_all(pytestconfig: pytest.Config) -> None:
    assert part(7, whole=True) == [*FAULTS]
    assert pytestconfig.option.seed is not None
