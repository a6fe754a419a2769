"""Handles several items of one command line, of which some may fail."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from larder.cli.terminal import complain
from larder.errors import (
    EXIT_NO_ANSWER,
    EXIT_NOT_ALLOWED,
    EXIT_TOO_LARGE,
    EXIT_USAGE,
    ApiError,
    LarderError,
)

T = TypeVar("T")


class Failures:
    """What has failed so far: a line on standard error each, and the first one's exit code.

    `affected_all` is set by a failure that all other items would have too.
    """

    def __init__(self) -> None:
        """Nothing yet, which is exit code 0."""
        self.exit_code = 0
        self.affected_all = False

    def report(self, item: object, error: LarderError) -> None:
        """Prints one more, with the item's name unless the message has it."""
        message = str(error)
        complain(message if _names(message, str(item)) else f"{item}: {message}")
        self.exit_code = self.exit_code or error.exit_code
        self.affected_all = self.affected_all or affects_all(error)

    def report_not_tried(self, number: int, among: int) -> None:
        """Prints how many were not tried, after a failure that affects all."""
        if number:
            verb = "was" if number == 1 else "were"
            complain(f"stopped: {number} of {among} {verb} not tried")


def for_each(items: Sequence[T], do: Callable[[T], None], failures: Failures | None = None) -> int:
    """Processes all items in turn, with a line on standard error for each that fails.

    Returns the exit code of the first failure, which may be one that `failures` has already. Stops
    at a failure that affects all items.
    """
    failures = failures or Failures()
    for number, item in enumerate(items, start=1):
        try:
            with failing():
                do(item)
        except LarderError as error:
            failures.report(item, error)
            if affects_all(error):
                failures.report_not_tried(len(items) - number, among=len(items))
                break
    return failures.exit_code


@contextmanager
def failing() -> Iterator[None]:
    """Turns the system's errors into LarderErrors, except that of a closed output.

    A closed output ends the command, since nobody reads any more.
    """
    try:
        yield
    except (LarderError, BrokenPipeError):
        raise
    except OSError as error:
        prefix = "" if error.filename is None else f"{error.filename}: "
        raise LarderError(f"{prefix}{error.strerror or error}") from error


def affects_all(error: LarderError) -> bool:
    """Whether the other items would fail for the same reason.

    So they would without an answer, with a refused key or a full quota, or if the service refuses
    an option for all of them, such as the purpose.
    """
    if error.exit_code in {EXIT_NO_ANSWER, EXIT_NOT_ALLOWED}:
        return True
    if not isinstance(error, ApiError):
        return False
    if error.exit_code == EXIT_TOO_LARGE:
        return error.status != 413
    return error.exit_code == EXIT_USAGE and error.param != "filename"


def _names(message: str, item: str) -> bool:
    """Whether the message names the item already, as a separate word."""
    return bool(item) and re.search(rf"(?<!\S){re.escape(item)}(?![^:,;.\s])", message) is not None
