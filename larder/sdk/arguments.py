"""Checks the arguments of `upload_file` and `download_file`; each raises UsageError."""

import re
from inspect import iscoroutinefunction

from larder.errors import UsageError

# The service's own limit.
_KEY = re.compile("[ -~]{1,255}")


def must_be_called(on_progress: object) -> None:
    """Accepts None or a plain function."""
    if on_progress is None or (callable(on_progress) and not iscoroutinefunction(on_progress)):
        return
    raise UsageError("on_progress must be a plain function of two numbers: bytes done and in all")


def must_be_a_key(key: object) -> None:
    """Accepts None or a text that can be sent in a header."""
    if key is not None and not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise UsageError("idempotency_key must be a text of 1 to 255 characters of ASCII")


def must_be_an_id(file_id: object) -> None:
    """Accepts any well-formed id; the service knows whether there is such a file."""
    if not isinstance(file_id, str) or not file_id:
        raise UsageError(f"file_id must be the id of a file, as in 'file-…', not {file_id!r}")
