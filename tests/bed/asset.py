"""The functions' asset, looked at by a program that its own Python runs."""

import pytest

from infra.bundle import LAMBDA, Target, build_asset, host
from infra.bundle.interpreter import run_for, seen_at

BOTH_TARGETS = pytest.mark.parametrize("target", [host(), LAMBDA], ids=["host", "lambda"])


def told_by(program: str, target: Target) -> str:
    """Run a program that is told where the asset is, and return what it prints."""
    asset = build_asset(target)
    done = run_for(target, program, seen_at(asset, target), folder=asset)
    assert done.returncode == 0, done.stderr
    return done.stdout
