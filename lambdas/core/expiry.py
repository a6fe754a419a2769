"""How long a file lives: `expires_after`, in OpenAI's form.

https://platform.openai.com/docs/api-reference/files/create#files_create-expires_after
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.core.errors import InvalidRequest

SHORTEST = 3_600
LONGEST = 2_592_000
DAY = 86_400

WHOLE_LIFE = "expires_after"

# Expires, expiry or expiration anywhere in a name, and other words with that meaning.
_OF_A_LIFE = re.compile(
    r"expir|time[\W_]?to[\W_]?live|life[\W_]?(?:time|span)|max[\W_]?age|retention|(?:^|[\W_])ttl",
    re.IGNORECASE,
)

# How much of a name an error shows: the name may be as long as the request.
_SHOWN = 64


def means_a_life(name: str) -> bool:
    """Tell whether a parameter of this name can only mean how long a file lives."""
    return _OF_A_LIFE.search(name) is not None


def unknown_life(name: str) -> InvalidRequest:
    """Refuse an unknown parameter that means a life: ignored, the file would live for 30 days."""
    return InvalidRequest(
        f"Unknown parameter: '{name[:_SHOWN]}'. Allowed: '{WHOLE_LIFE}' with 'anchor' and "
        "'seconds'.",
        param=WHOLE_LIFE,
    )


def lifetime_in(body: Mapping[str, Any]) -> int:
    """Return the life in seconds that a JSON request asks for; raises InvalidRequest."""
    for name in body:
        if name != WHOLE_LIFE and means_a_life(name):
            raise unknown_life(name)
    return lifetime(body.get(WHOLE_LIFE))


def must_name_no_life(names: Iterable[str]) -> None:
    """Refuse a life in a request that comes after it was decided; raises InvalidRequest."""
    for name in names:
        if means_a_life(name):
            raise InvalidRequest(
                f"Unknown parameter: '{name[:_SHOWN]}'. How long a file lives is said when its "
                f"upload is created, with '{WHOLE_LIFE}'.",
                param=WHOLE_LIFE,
            )


def lifetime(expires_after: object) -> int:
    """Return a file's life in seconds, 3600..2592000, the longest when nothing is asked for.

    `expires_after` is None or a mapping of `anchor` (only `created_at`) and `seconds`, an
    integer. Raises InvalidRequest naming the parameter.
    """
    if expires_after is None:
        return LONGEST
    if not isinstance(expires_after, Mapping):
        raise InvalidRequest(
            "'expires_after' must be an object with 'anchor' and 'seconds'.", param="expires_after"
        )
    if unknown := sorted(str(key) for key in expires_after if key not in ("anchor", "seconds")):
        raise InvalidRequest(
            f"Unknown parameter: 'expires_after[{unknown[0][:_SHOWN]}]'. Allowed: 'anchor', "
            "'seconds'.",
            param="expires_after",
        )
    if expires_after.get("anchor", "created_at") != "created_at":
        raise InvalidRequest(
            "Invalid 'expires_after[anchor]'. Allowed: 'created_at'.",
            param="expires_after[anchor]",
        )
    return _seconds(expires_after.get("seconds", LONGEST))


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not SHORTEST <= value <= LONGEST:
        raise InvalidRequest(
            f"Invalid 'expires_after[seconds]'. Allowed: an integer from {SHORTEST} to {LONGEST}.",
            param="expires_after[seconds]",
        )
    return value


def lifetime_days(seconds: int) -> int:
    """Round a life up to whole days, 1..30: the number of its lifecycle rule."""
    return -(-seconds // DAY)
