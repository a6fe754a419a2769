"""Ids that sort by the time of their making.

An id is a prefix and a ULID (https://github.com/ulid/spec) in lower case: 48 bits of
milliseconds and 80 random bits, in Crockford's base 32, whose alphabet sorts as its values do.
So a table sorted by id is sorted by creation, and no id can be guessed.
"""

import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
FILE = "file-"
UPLOAD = "upload_"
PART = "part_"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_ULID = re.compile(rf"[0-7][{ALPHABET}]{{25}}")


def new_id(prefix: str, now: float) -> str:
    """Make an id of this prefix for this moment, in seconds since 1970."""
    value = int(now * 1000) << 80 | secrets.randbits(80)
    return prefix + "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def created_at(identifier: str) -> int:
    """Return the second, since 1970, in which an id was made."""
    milliseconds = 0
    for character in identifier[-26:-16]:
        milliseconds = milliseconds << 5 | _VALUES[character]
    return milliseconds // 1000


def is_id(prefix: str, text: str) -> bool:
    """Tell whether a text has the form of an id of this prefix."""
    return text.startswith(prefix) and _ULID.fullmatch(text, len(prefix)) is not None
