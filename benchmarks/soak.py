"""Tries for as long as one likes what the tests try briefly. Run by `make soak MINUTES=10`.

Three things take turns, a third of the time each, and the first thing that is wrong ends it:

- the model of `tests/model`, in runs that no other run has made;
- faults in pairs, where the tests have each alone: two calls of one scenario go wrong;
- users on a local deployment whose AWS fails and whose functions are killed, and after them
  `larder admin check`.
"""

import argparse
import logging
import random
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

from infra.local.deployment import RunningDeployment, running_deployment
from tests.e2e.conftest import NEVER, free_port
from tests.e2e.user import User
from tests.faults.matrix import cases, problems_of_both, recorded
from tests.faults.scene import small_parts
from tests.faults.test_matrix import SCENARIOS
from tests.histories.check import Verdict
from tests.model.machine import Tally, run_model
from tests.soak.soak import soak

STATE_DIR = Path(__file__).resolve().parents[1] / "build" / "soak"
HISTORIES = STATE_DIR / "histories"
"""Where each history is, for `python -m tests.histories FILE`."""

USERS = 2
RUNS_AT_ONCE = 20
SECONDS_AT_ONCE = 60


def main() -> int:
    """Soaks for the time that was asked for, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    logging.disable(logging.CRITICAL)
    turns = (soak_model, soak_faults, soak_deployment)
    for turn in turns:
        print(turn(minutes * 60 / len(turns)), flush=True)
    return 0


def soak_model(seconds: float) -> str:
    """Runs the model with seeds of chance."""
    tally, deadline = Tally(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        chance = random.randrange(2**32)
        print(f"model: seed {chance}", file=sys.stderr)
        run_model(tally, runs=RUNS_AT_ONCE, chance=chance)
    return f"model: {tally.runs} runs, {tally.steps} steps: all as the model says"


def soak_faults(seconds: float) -> str:
    """Plays scenarios in which two calls go wrong."""
    pairs, deadline = 0, time.monotonic() + seconds
    with small_parts():
        while time.monotonic() < deadline:
            scenario = random.choice(SCENARIOS)
            crossed = cases(recorded(scenario)[1])
            if not crossed:  # what is refused before any call
                continue
            first, second = random.choice(crossed), random.choice(crossed)
            problems = problems_of_both(scenario, first, second)
            assert problems == [], f"{scenario.__name__}, {first}, {second}: {problems}"
            pairs += 1
    return f"faults: {pairs} pairs: the five invariants held after each"


def soak_deployment(seconds: float) -> str:
    """Lets users live on a deployment with faults, then has an operator check it."""
    actions: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    verdict = Verdict()
    with running_deployment(free_port(), STATE_DIR, say=print, expire_every=NEVER) as deployment:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            users = [new_user(deployment, f"soak-{uuid.uuid4().hex[:12]}") for _ in range(USERS)]
            seed = random.randrange(2**32)
            print(f"users: seed {seed}", file=sys.stderr)
            soaked = soak(deployment, users, min(left, SECONDS_AT_ONCE), seed)
            soaked.history.write(HISTORIES / f"{seed}.jsonl")
            assert soaked.problems == [], soaked.problems
            assert soaked.verdict.wrong == [], "\n\n".join(soaked.verdict.wrong)
            verdict += soaked.verdict
            actions, faults = actions + soaked.actions, faults + soaked.faults
        checked = users[0].run("larder", "admin", "check")
    return (
        f"users: {actions.total()} actions, {faults.total()} faults: nothing lost, nothing undead; "
        f"histories: {verdict}; "
        f"larder admin check says: {checked.stdout.strip()}"
    )


def new_user(deployment: RunningDeployment, owner: str) -> User:
    """Makes an owner with a key."""
    home = deployment.state_dir / "homes" / owner
    home.mkdir(parents=True)
    return User(deployment, owner, deployment.create_key(owner), home)


if __name__ == "__main__":
    sys.exit(main())
