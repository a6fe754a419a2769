"""What Larder's client raises: one tree, each error with the command's exit code.

    LarderError                      catch this one for all of them
    ├── UsageError                   an argument or a setting has no meaning: mend it
    │   ├── MissingPackageError      a package is not installed: the message says which
    │   └── UnreadableFileError      what is to be uploaded cannot be read
    │       ├── FileMissingError     … it is not there          (a FileNotFoundError too)
    │       ├── FileForbiddenError   … it is somebody else's    (a PermissionError too)
    │       └── FileIsDirectoryError … it is a directory        (an IsADirectoryError too)
    ├── TargetError                  nothing can be written there: choose another target
    │   └── TargetExistsError        … something is there       (a FileExistsError too)
    ├── NothingFoundError            of all files none is what was asked for
    ├── InvalidBatchError            the file is no batch: the message says where
    ├── NoAnswerError                the network, or the service, is away: try again later
    │   └── NotUnderstoodError       somebody else answered: look at the base URL
    ├── TransferError                S3 refused content for good: report it
    ├── DamagedError                 content is not what it was, and not stored: begin anew
    └── ApiError                     the service refused: its message says why
        └── ElsewhereError           somebody else refused: look at the base URL

UnreadableFileError and TargetError are OSErrors too. Through a client of the openai SDK the service
refuses with the SDK's own errors (`openai.APIError`), and never with an ApiError. The exit codes
are part of the command's interface; `larder --help` lists them.
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
EXIT_INVALID = 8
EXIT_INTERRUPTED = 130

# What of a call stands on the command line.
_ARGUMENTS = {"purpose", "expires_after", "filename", "limit", "order", "Larder-Owner"}

_NO_ROOM = (
    "storage_quota_exceeded",
    "file_quota_exceeded",
    "upload_quota_exceeded",
    "catalog_full",
)

# A line for a person; the service's own messages have a few hundred characters.
_MOST_MESSAGE = 1000


class LarderError(Exception):
    """Anything that Larder's client reports; its text is one line for a person."""

    exit_code = EXIT_FAILED


class UsageError(LarderError):
    """A setting or an argument is missing or has no meaning."""

    exit_code = EXIT_USAGE


class MissingPackageError(UsageError, ModuleNotFoundError):
    """A package that only a part of Larder needs is not installed; the message says how to."""


class _FileError(OSError):
    """The reason, as the system gave it for a file, too."""

    def __init__(self, message: str, errno: int | None = None, filename: str | None = None) -> None:
        """Holds what an OSError does, and says what a LarderError does."""
        super().__init__(message)
        self.errno = errno
        self.filename = filename

    def __str__(self) -> str:
        return str(self.args[0])


class UnreadableFileError(UsageError, _FileError):
    """A file that was given cannot be read; Python's own error for the reason, too.

    So whoever catches FileNotFoundError, PermissionError or IsADirectoryError catches it.
    """


class FileMissingError(UnreadableFileError, FileNotFoundError):
    """There is no such file."""


class FileForbiddenError(UnreadableFileError, PermissionError):
    """Somebody else's file."""


class FileIsDirectoryError(UnreadableFileError, IsADirectoryError):
    """A directory, and no file."""


class NothingFoundError(LarderError):
    """Of all files none is what was asked for."""

    exit_code = EXIT_NOT_FOUND


class TargetError(LarderError, _FileError):
    """Nothing can be written at the target of a download, or not under the file's own name.

    Name another target, or make room. What has arrived is continued from when the same download is
    begun again, unless there is no place for it.
    """


class TargetExistsError(TargetError, FileExistsError):
    """Something is at the target of a download, and was not to be replaced; it is untouched."""


class NoAnswerError(LarderError):
    """Nobody answered, or the connection broke, also after retries.

    The same call continues later, where the content comes from a path or goes to one. `is_final`
    when to try again is of no use.
    """

    exit_code = EXIT_NO_ANSWER

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        """Says what happened."""
        super().__init__(message)
        self.is_final = is_final


class NotUnderstoodError(NoAnswerError):
    """Somebody answered, but not as Larder does; the next answer would be no other."""


class TransferError(LarderError):
    """S3 refused a part of the content, for good: to try again is of no use."""


class DamagedError(LarderError):
    """The content is not what it was: changed while being sent, or damaged on its way.

    Nothing of it becomes a file; what a download has written to a stream is for the caller to throw
    away. Begin anew.
    """

    exit_code = EXIT_DAMAGED


class InvalidBatchError(LarderError):
    """A file that is to be a batch is none; `larder validate` says all that is wrong."""

    exit_code = EXIT_INVALID


class ApiError(LarderError):
    """The API refused a request, in OpenAI's error object.

    `status` is the HTTP status; `body` and `headers` are the answer as it came.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Reads the error object, if there is one."""
        self.status = status
        self.headers = headers
        self.body = body
        self.code: str | None = None
        self.param: str | None = None
        try:
            error = json.loads(body)["error"]
            message = " ".join(error["message"].split())
            self.code, self.param = error.get("code"), error.get("param")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            message = ""
        self._has_reason = bool(message)
        if len(message) > _MOST_MESSAGE:
            message = f"{message[:_MOST_MESSAGE]}…"
        super().__init__(message or f"the service answered {status} without a reason")

    @property
    def is_larders(self) -> bool:
        """Whether Larder may have answered it; what it refuses about a resource has a reason."""
        if self.code == "unknown_url":
            return False
        return self._has_reason or self.status not in {401, 403, 404, 405}

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """The kind of refusal, for the command line."""
        if self.status == 413 or self.code in _NO_ROOM:
            return EXIT_TOO_LARGE
        if self.status == 400 and str(self.param).partition("[")[0] in _ARGUMENTS:
            return EXIT_USAGE
        return {401: EXIT_NOT_ALLOWED, 403: EXIT_NOT_ALLOWED, 404: EXIT_NOT_FOUND}.get(
            self.status, EXIT_FAILED
        )


class ElsewhereError(ApiError):
    """Somebody answered who is no Larder: the base URL is another's, or lacks its path."""

    def __init__(self, base_url: str, method: str, path: str, answer: ApiError) -> None:
        """Says so in place of the reason, if there was one."""
        super().__init__(answer.status, answer.headers, answer.body)
        reason = f"it answered {method} {path.partition('?')[0]} with status {self.status}"
        self.args = (f"{base_url} is no Larder: {reason}; a base URL is like https://host/v1",)

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """As when nobody answers."""
        return EXIT_NO_ANSWER
