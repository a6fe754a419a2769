"""The one rule for the name of a file: its basename, kept exactly, or refused."""

import re
from urllib.parse import quote

from lambdas.core.errors import InvalidRequest

MAX_FILENAME_BYTES = 255
"""As in common file systems (NAME_MAX), so that whoever downloads a file can keep its name."""

# C0, DEL and C1 break terminals, logs and headers; a lone surrogate has no UTF-8 form.
_REFUSED_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SEPARATORS = re.compile(r"[/\\]")

# Clients read escapes differently, and some decode what looks percent-encoded.
_NOT_PLAIN = re.compile(r'[^ -~]|["\\]|%(?=[0-9A-Fa-f]{2})')


def clean_filename(raw: str, *, param: str = "file") -> str:
    r"""Return the basename of `raw`, otherwise unchanged.

    Both `/` and `\` separate folders, since Windows clients send the latter.

    Args:
        raw: The name as the client sent it, decoded.
        param: The request's parameter that carried the name, for the error.

    Raises:
        InvalidRequest: The basename is empty, `.` or `..`, is longer than 255 bytes of UTF-8, or
            `raw` has a control character or a lone surrogate. These are refused, not repaired: a
            client that gets a File back finds it under the name that it sent.
    """
    refused = _REFUSED_CHARACTERS.search(raw)
    if refused:
        code_point = f"U+{ord(refused[0]):04X}"
        raise InvalidRequest(
            f"Invalid filename: it contains {code_point}; control characters are not allowed.",
            param=param,
        )
    name = _SEPARATORS.split(raw)[-1]
    if name in {"", ".", ".."}:
        raise InvalidRequest(
            "Invalid filename: it must name a file, and may not be empty, '.', '..' or a folder.",
            param=param,
        )
    size = len(name.encode())
    if size > MAX_FILENAME_BYTES:
        raise InvalidRequest(
            f"Invalid filename: it has {size} bytes in UTF-8; "
            f"at most {MAX_FILENAME_BYTES} are allowed.",
            param=param,
        )
    return name


def attachment(filename: str) -> str:
    """Write the `Content-Disposition` of a download: the name in ASCII first, then the name itself.

    A name of plain ASCII is the same in both; in the first, `_` replaces any other character.
    https://www.rfc-editor.org/rfc/rfc6266#appendix-D
    """
    plain = _NOT_PLAIN.sub("_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
