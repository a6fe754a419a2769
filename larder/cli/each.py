"""Several things on one command line, of which one may fail."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from larder.cli.terminal import complain
from larder.errors import LarderError

T = TypeVar("T")


def for_each(things: Sequence[T], do: Callable[[T], None]) -> int:
    """Does all, with a line on standard error for each that fails; the first one's exit code."""
    exit_code = 0
    for thing in things:
        try:
            do(thing)
        except LarderError as error:
            told = str(error)
            complain(told if _names(told, str(thing)) else f"{thing}: {told}")
            exit_code = exit_code or error.exit_code
    return exit_code


def _names(told: str, thing: str) -> bool:
    """Whether the message has it as a word of its own already."""
    return bool(thing) and re.search(rf"(?<!\S){re.escape(thing)}(?![^:,;.\s])", told) is not None
