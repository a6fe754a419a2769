"""Several things on one command line, of which one may fail."""

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

    `affected_all` says that there is no use in going on.
    """

    def __init__(self) -> None:
        """Nothing yet, which is exit code 0."""
        self.exit_code = 0
        self.affected_all = False

    def report(self, item: object, error: LarderError) -> None:
        """Tells of one more, named unless the message does so."""
        message = str(error)
        complain(message if _names(message, str(item)) else f"{item}: {message}")
        self.exit_code = self.exit_code or error.exit_code
        self.affected_all = self.affected_all or affects_all(error)

    def report_not_tried(self, number: int, among: int) -> None:
        """Tells how many were left, after a failure that they would have had too."""
        if number:
            verb = "was" if number == 1 else "were"
            complain(f"stopped: {number} of {among} {verb} not tried")


def for_each(items: Sequence[T], do: Callable[[T], None], failures: Failures | None = None) -> int:
    """Does all in turn, with a line on standard error for each that fails.

    Returns the first one's exit code, of `failures` if there have been some. A failure that the
    others would have too is the last.
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
    """Raises as a LarderError what the system refuses, but for an output that is closed.

    Nobody reads that any more, whichever of the things is next.
    """
    try:
        yield
    except (LarderError, BrokenPipeError):
        raise
    except OSError as error:
        prefix = "" if error.filename is None else f"{error.filename}: "
        raise LarderError(f"{prefix}{error.strerror or error}") from error


def affects_all(error: LarderError) -> bool:
    """Whether the next one would fail for the same reason, since it is not about this one.

    So it is when nobody answers, the key is refused, the quota is used up, or the service refuses
    what was given for all of them, such as the purpose.
    """
    if error.exit_code in {EXIT_NO_ANSWER, EXIT_NOT_ALLOWED}:
        return True
    if not isinstance(error, ApiError):
        return False
    if error.exit_code == EXIT_TOO_LARGE:
        return error.status != 413
    return error.exit_code == EXIT_USAGE and error.param != "filename"


def _names(message: str, item: str) -> bool:
    """Whether the message has it as a word of its own already."""
    return bool(item) and re.search(rf"(?<!\S){re.escape(item)}(?![^:,;.\s])", message) is not None
