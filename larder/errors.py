"""What can go wrong on the user's side, each with the command's exit code.

The exit codes are part of the command's interface; `larder --help` lists them.
"""

import json
from collections.abc import Mapping

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_ALLOWED = 3
EXIT_NOT_FOUND = 4
EXIT_TOO_LARGE = 5
EXIT_NO_ANSWER = 6
EXIT_DAMAGED = 7
EXIT_INTERRUPTED = 130

# A line for a person; the service's own messages have a few hundred characters.
_MOST_MESSAGE = 1000


class LarderError(Exception):
    """Anything that Larder's client reports; its text is one line for a person."""

    exit_code = EXIT_FAILED


class UsageError(LarderError):
    """A setting or an argument is missing or has no meaning."""

    exit_code = EXIT_USAGE


class NoAnswerError(LarderError):
    """Nobody answered, or the connection broke, also after retries."""

    exit_code = EXIT_NO_ANSWER


class NotUnderstoodError(NoAnswerError):
    """Somebody answered, but not as Larder does; the next answer would be no other."""


class TransferError(LarderError):
    """S3 refused a part of the content, for good."""


class DamagedError(LarderError):
    """The content is not what it was: changed while being sent, or damaged on its way."""

    exit_code = EXIT_DAMAGED


class ApiError(LarderError):
    """The API refused a request, in OpenAI's error object.

    `status` is the HTTP status; `body` and `headers` are the answer as it came.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Reads the error object, if there is one."""
        self.status = status
        self.headers = headers
        self.body = body
        try:
            error = json.loads(body)["error"]
            self.code: str | None = error.get("code")
            message = " ".join(error["message"].split())
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self.code, message = None, ""
        if len(message) > _MOST_MESSAGE:
            message = f"{message[:_MOST_MESSAGE]}…"
        super().__init__(message or f"the service answered {status} without a reason")

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """The kind of refusal, for the command line."""
        if self.status == 413 or self.code == "storage_quota_exceeded":
            return EXIT_TOO_LARGE
        return {401: EXIT_NOT_ALLOWED, 403: EXIT_NOT_ALLOWED, 404: EXIT_NOT_FOUND}.get(
            self.status, EXIT_FAILED
        )
