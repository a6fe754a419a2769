"""Which part of a large matrix a run plays: what its seed chooses, or the whole.

Some matrices are too large for every run. A run plays a part of each, another one every time, and
prints the seed that chose it: `--seed N` plays the same part again, `--whole` all of it. What plays
a part is marked `drawn`, so that `make prove` finds it: either bare, and then the test itself asks
`drawn` for its part, or as `drawn(names, options, count)`, which is `parametrize` of so many.
"""

import secrets
from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

MOST = 10**6


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("larder")
    group.addoption("--seed", type=int, help="play the part of each matrix that this chooses")
    group.addoption("--whole", action="store_true", help="play each matrix as a whole")


def pytest_configure(config: pytest.Config) -> None:
    """Draw a seed, unless one is given; a worker has the run's."""
    if config.option.seed is None:
        told = getattr(config, "workerinput", {})
        config.option.seed = told.get("seed", secrets.randbelow(MOST))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker the seed: xdist hands on only what was written on the command line."""
    node.workerinput["seed"] = node.config.option.seed


def pytest_report_header(config: pytest.Config) -> str:
    """Say which part is played."""
    return "every matrix as a whole" if config.option.whole else f"--seed {config.option.seed}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize what is marked to be with the part that is played, in the options' order."""
    for mark in metafunc.definition.iter_markers("drawn"):
        if mark.args:
            names, options, count = mark.args
            part = drawn(metafunc.config, metafunc.definition.name, options, count)
            metafunc.parametrize(names, sorted(part, key=options.index))


def drawn(config: pytest.Config, name: str, options: Sequence[T], count: int) -> Sequence[T]:
    """Return so many of the options, chosen by the seed and this name, or all of them."""
    if config.option.whole or len(options) <= count:
        return options
    return Random(f"{config.option.seed} {name}").sample(options, count)
