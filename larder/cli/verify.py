"""`larder admin verify`: whether a deployment keeps its promises, as a table."""

import argparse
import os
import sys
import time
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING

from larder.cli.output import print_json
from larder.cli.terminal import complain, say
from larder.errors import MissingPackageError, UsageError

if TYPE_CHECKING:
    from larder.admin.verify.promise import Outcome

BROKEN = 1
"""The exit code when a promise does not hold."""

EPILOG = """\
examples:
  larder admin verify
  larder admin --stage prod verify --yes --json
  larder admin verify --list
"""

ASKED_FIRST = ("prod",)

_MARKS = {"held": " ", "broken": "✗", "unseen": "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what the command takes."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--base-url", metavar="URL", help="instead of what the stacks tell (OPENAI_BASE_URL, local)"
    )
    parser.add_argument(
        "--skip", action="append", default=[], metavar="NAME", help="pass over a promise; --list"
    )
    parser.add_argument("--list", action="store_true", help="list the promises, and ask nobody")
    parser.add_argument(
        "--disturb",
        action="store_true",
        help="also take the authorizer away from everybody, for some seconds",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask, on a stage called prod")


def verify(arguments: argparse.Namespace) -> int:
    """Prints each promise as it is looked at; returns 0 when none is broken."""
    _must_have_the_sdk()
    from larder.admin.deployment import find_deployment
    from larder.admin.verify.run import PROMISES, Verification
    from larder.admin.verify.stacks import find_stacks

    names = [promise.name for promise in PROMISES]
    if unknown := [name for name in arguments.skip if name not in names]:
        raise UsageError(f"--skip {unknown[0]} is no promise; there are: {', '.join(names)}")
    if arguments.list:
        for promise in PROMISES:
            say(f"{promise.name:<14} {promise.words}")
        return 0
    if not _may_begin(arguments):
        return BROKEN
    deployment = find_deployment(arguments.deployment, arguments.stage)
    prefix = f"{arguments.deployment}-{arguments.stage}"
    stacks = find_stacks(deployment, prefix, _base_url(arguments))
    if not arguments.json:
        say(f"Verifying {prefix} at {stacks.base_url}")
        say()
    outcomes, started = [], time.monotonic()
    verification = Verification(deployment, stacks, arguments.skip, arguments.disturb)
    for outcome in verification.run():
        outcomes.append(outcome)
        if arguments.json:
            print_json(outcome.as_json())
        else:
            say(_line(outcome), flush=True)
    if not arguments.json:
        say()
        say(f"{_counted(outcomes)}; {time.monotonic() - started:.0f} s.")
    return BROKEN if any(outcome.verdict.value == "broken" for outcome in outcomes) else 0


def _must_have_the_sdk() -> None:
    if find_spec("openai") is None:
        raise MissingPackageError(
            "`larder admin verify` needs the package openai: "
            "pip install 'larder-files[admin,openai]'"
        )


def _base_url(arguments: argparse.Namespace) -> str | None:
    given: str | None = arguments.base_url
    if given is None and arguments.stage == "local":
        return os.environ.get("OPENAI_BASE_URL", "").strip() or None
    return given


def _may_begin(arguments: argparse.Namespace) -> bool:
    """Whether it may be done: on a stage called prod, somebody must say so."""
    if arguments.yes or arguments.stage not in ASKED_FIRST:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"nobody is there to ask about stage {arguments.stage}: give --yes")
    disturbance = "; takes the authorizer away for some seconds" if arguments.disturb else ""
    question = (
        f"This makes two owners in stage {arguments.stage}, stores some 50 MiB with their keys and "
        f"removes it all{disturbance}. Go on? [y/N] "
    )
    if input(question).strip().lower() in ("y", "yes"):
        return True
    complain("nothing was done")
    return False


def _line(outcome: "Outcome") -> str:
    verdict = outcome.verdict.value
    return f"{_MARKS[verdict]} {verdict:<7} {outcome.promise.words:<58} {outcome.reason}".rstrip()


def _counted(outcomes: "list[Outcome]") -> str:
    counts = Counter(outcome.verdict.value for outcome in outcomes)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in _MARKS)
