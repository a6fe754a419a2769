"""The names in the catalog and the bucket, and how to parse them."""

import re
from dataclasses import dataclass

FILE, UPLOAD, USAGE = "file-", "upload_", "usage"
MARKER, CLAIM = "released#", "idempotency#"

LONGEST_DAYS = 30
DAY = 86_400

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_OWNER = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}"
_ULID = rf"[0-7][{_ALPHABET}]{{25}}"
_FILE_KEY = re.compile(rf"expires-in-([0-9]{{2}})d/({_OWNER})/((?:{FILE}|{UPLOAD}){_ULID})")
_PART_KEY = re.compile(rf"parts/({_OWNER})/({UPLOAD}{_ULID})/[^/]+", re.DOTALL)
_ITEM_ID = re.compile(rf"{USAGE}|(?:{MARKER})?(?:{FILE}|{UPLOAD}){_ULID}|{CLAIM}.+", re.DOTALL)
_MARKER_KEY = re.compile(rf"({_OWNER})#((?:{FILE}|{UPLOAD}){_ULID}) {MARKER}\2")


@dataclass(frozen=True, slots=True)
class Key:
    """A parsed object key: the owner, the file or session, and the life in days."""

    owner: str
    id: str
    days: int

    @property
    def is_staged(self) -> bool:
        """Whether it is of a part that waits to be joined."""
        return self.days == 0

    def __str__(self) -> str:
        return f"expires-in-{self.days:02}d/{self.owner}/{self.id}"


def key_of(object_key: str) -> Key | None:
    """Parse an object key, None when it is not of Larder's form."""
    if found := _FILE_KEY.fullmatch(object_key):
        return Key(found[2], found[3], int(found[1])) if int(found[1]) else None
    if found := _PART_KEY.fullmatch(object_key):
        return Key(found[1], found[2], 0)
    return None


def owner_in(object_key: str) -> str:
    """Return the owner in a key, well formed or not; empty when there is none."""
    parts = object_key.split("/")
    return parts[1] if len(parts) > 2 and is_owner(parts[1]) else ""


def is_owner(text: str) -> bool:
    """Tell whether this can name an owner."""
    return re.fullmatch(_OWNER, text) is not None


def is_item_id(text: str) -> bool:
    """Tell whether an item of the catalog can have this id."""
    return _ITEM_ID.fullmatch(text) is not None


def marker_key(owner: str, identifier: str) -> tuple[str, str]:
    """Return the partition and the id of the marker that these bytes were given back."""
    return f"{owner}#{identifier}", f"{MARKER}{identifier}"


def owner_of_marker(partition: str, identifier: str) -> str:
    """Return whose bytes a marker stands for; empty when this is no marker's key."""
    found = _MARKER_KEY.fullmatch(f"{partition} {identifier}")
    return found[1] if found else ""


def created_at(identifier: str) -> int:
    """Return the second, since 1970, in which a well formed id was made."""
    milliseconds = 0
    for character in identifier[-26:-16]:
        milliseconds = milliseconds << 5 | _ALPHABET.index(character)
    return milliseconds // 1000


def days_of(seconds: int) -> int:
    """Round a life up to whole days, as its lifecycle rule does; 0 for one that is not allowed."""
    days = -(-seconds // DAY)
    return days if 1 <= days <= LONGEST_DAYS else 0
