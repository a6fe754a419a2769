"""Asks the user at the terminal before something that cannot be undone."""

import sys

from larder.cli.terminal import complain, shown
from larder.errors import UsageError


def is_agreed(question: str) -> bool:
    """Whether the user says yes; the question is on standard error, so that output stays clean.

    Raises UsageError if there is no terminal.
    """
    must_be_there()
    print(f"{shown(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    complain("nothing was done")
    return False


def must_be_there() -> None:
    """Raises UsageError if there is no terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: give --yes, or --dry-run to see what would be")
