"""The two settings that lead to the service, as people paste them: its base URL and a key."""

import re
from urllib.parse import urlsplit

from larder.api.shapes import is_url
from larder.errors import UsageError
from larder.values import is_like_a_key

KEY_PREFIX = "sk-larder-"

# A key of Larder's has 60 characters behind its prefix; of a short one four would be too many.
_LEAST_HINTED = 16

# https://platform.openai.com/docs/api-reference/authentication: of projects, of service accounts,
# of administrators, the first ones of service accounts, and the very first, which had no kind.
_OPENAIS_KEY = re.compile(r"sk-(?:proj|svcacct|admin|None)-.*|sk-[A-Za-z0-9]{48}", re.DOTALL)
_OPENAIS_URL = re.compile(
    r"(?:[a-z]+:)?/*(?:[^/?#@]*@)?(?:[a-z0-9-]+\.)*openai\.com\.?(?![a-z0-9.-])", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def base_url_in(text: str, source: str = "") -> str:
    """The base URL, without white space around it and slashes at its end.

    Raises UsageError, in one line that names the source, for what no call's path can be put
    behind.
    """
    base_url = text.strip().rstrip("/")
    origin = f" of {source}" if source else ""
    if is_like_a_key(base_url):
        raise UsageError(f"the base URL{origin} looks like a key: it must be like https://host/v1")
    if not is_url(base_url):
        quoted = _quoted(base_url)
        raise UsageError(f"the base URL{quoted}{origin} must be like https://host/v1, or http://")
    parts = urlsplit(base_url)
    if "@" in parts.netloc:
        raise UsageError(f"the base URL{origin} must be like https://host/v1: with no user in it")
    if "?" in base_url or "#" in base_url:
        raise UsageError(
            f"the base URL{_quoted(base_url)}{origin} must end with its path, as in https://host/v1"
        )
    return base_url


def is_same_url(one: str, other: str) -> bool:
    """Whether both are base URLs and lead to one place; what is no base URL leads nowhere."""
    try:
        return _place(one) == _place(other)
    except UsageError:
        return False


def is_openais_url(text: str) -> bool:
    """Whether it names OpenAI's own service, which is no Larder, be it well-formed or not."""
    return _OPENAIS_URL.match(text.strip()) is not None


def api_key_in(text: str, what: str) -> str:
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


def is_openais_key(text: str) -> bool:
    """Whether it is plainly a key of OpenAI's, which Larder must never see."""
    return _OPENAIS_KEY.fullmatch(text.strip()) is not None


def larders_url(text: str, source: str) -> str:
    """The base URL as `base_url_in` has it; UsageError for OpenAI's, too."""
    base_url = base_url_in(text, source)
    if is_openais_url(base_url):
        raise UsageError(f"{base_url} of {source} is OpenAI's, and no Larder")
    return base_url


def larders_key(text: str, what: str) -> str:
    """The key as `api_key_in` has it; UsageError for what is plainly OpenAI's, too."""
    if is_openais_key(text):
        raise UsageError(f"{what} is a key of OpenAI's, which is never sent to Larder")
    return api_key_in(text, what)


def hint_of(api_key: str) -> str:
    """The key as it may be shown, such as `sk-larder-…abcd`: four characters of it at most."""
    prefix = KEY_PREFIX if api_key.startswith(KEY_PREFIX) else ""
    secret = api_key.removeprefix(prefix)
    return f"{prefix}…{secret[-4:] if len(secret) >= _LEAST_HINTED else ''}"


def _quoted(text: str) -> str:
    """The text to be shown behind a word, if it can hold no secret: a key, a user's password."""
    is_plain = "://" in text and "@" not in text and "sk-" not in text.lower()
    return f" {text!r}" if is_plain or not text else ""


def _place(base_url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(base_url_in(base_url))
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, parts.path
