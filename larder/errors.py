"""What can go wrong on the user's side, each with the command's exit code.

The exit codes are part of the command's interface (docs: `larder --help`).
"""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_ALLOWED = 3
EXIT_NOT_FOUND = 4
EXIT_TOO_LARGE = 5
EXIT_NO_ANSWER = 6
EXIT_DAMAGED = 7
EXIT_INTERRUPTED = 130


class LarderError(Exception):
    """Anything that Larder's client reports; its text is one line for a person."""

    exit_code = EXIT_FAILED


class UsageError(LarderError):
    """A setting or an argument is missing or has no meaning."""

    exit_code = EXIT_USAGE
