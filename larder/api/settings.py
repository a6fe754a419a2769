"""The two settings that lead to the service, as people paste them: its base URL and a key."""

import re
from urllib.parse import urlsplit

from larder.api.shapes import is_url
from larder.errors import UsageError


def base_url_in(text: str) -> str:
    """The base URL, without white space around it and slashes at its end.

    Raises UsageError, in one line, for what no call's path can be put behind.
    """
    base_url = text.strip().rstrip("/")
    if not is_url(base_url):
        raise UsageError(f"the base URL {base_url!r} must be like https://host/v1, or http://")
    parts = urlsplit(base_url)
    if "@" in parts.netloc:  # a password perhaps, so it is not shown
        raise UsageError("the base URL must be like https://host/v1: with no user in it")
    if "?" in base_url or "#" in base_url:
        raise UsageError(f"the base URL {base_url!r} must end with its path, as in https://host/v1")
    return base_url


def api_key_in(text: str, what: str = "OPENAI_API_KEY") -> str:
    """The key, without white space around it, such as the line end of the file that it was in.

    Raises UsageError, which shows none of it, for what no header takes.
    """
    key = text.strip()
    if not is_api_key(key):
        raise UsageError(
            f"{what} is no key: it has other characters than ASCII's, or white space within"
        )
    return key


def is_api_key(text: str) -> bool:
    """Whether a header takes it as a token."""
    return re.fullmatch(r"[!-~]+", text) is not None
