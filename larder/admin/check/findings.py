"""What a check can find wrong."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Damage(Enum):
    """The kinds of damage, each with the words for it and for its repair."""

    FILE_WITHOUT_OBJECT = "file without its object"
    OBJECT_WITHOUT_FILE = "object without a file or session"
    WRONG_SIZE = "object of another size than its file"
    WRONG_CONTENT = "object of another content than its file"
    WRONG_USAGE = "usage that differs from the sum"
    OVERDUE = "expired, and not collected for over two days"
    UPLOAD_WITHOUT_SESSION = "multipart upload without a session"
    UNREADABLE = "record that cannot be read"
    UNREADABLE_USAGE = "usage that cannot be read"
    WRONG_KEY = "object key that is not the record's own"
    FOREIGN_KEY = "object key of another owner"
    COPY = "copy of another owner's record"
    WRONG_LIFE = "object key of another life than the file's"
    WRONG_PURPOSE = "purpose_id that differs from the file's purpose"
    WRONG_ANSWER = "shown file that differs from its record"
    SESSION_WITHOUT_FILE = "completed upload without its file"
    FILE_WITHOUT_SESSION = "file whose completed upload is gone"
    STRANGE_ITEM = "item whose owner or id is none of Larder's"
    STRANGE_OBJECT = "object whose key is none of Larder's"


REPAIRS = {
    Damage.FILE_WITHOUT_OBJECT: "removed the file, whose bytes are lost, and gave them back",
    Damage.OBJECT_WITHOUT_FILE: "deleted the object",
    Damage.WRONG_USAGE: "set the usage to the sum",
    Damage.OVERDUE: "removed it and gave its bytes back",
    Damage.UPLOAD_WITHOUT_SESSION: "aborted the multipart upload",
    Damage.UNREADABLE_USAGE: "set the usage to the sum",
    Damage.WRONG_KEY: "gave it the key of its own object",
    Damage.FOREIGN_KEY: "gave it the key of its own object",
    Damage.COPY: "removed the copy, and no byte",
    Damage.WRONG_LIFE: "gave it the key of its own object",
    Damage.WRONG_PURPOSE: "set it to the file's purpose",
    Damage.SESSION_WITHOUT_FILE: "removed the upload",
}
"""What each repair reports; damage that is not here is left to a person."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its owner, its id or object key, and details."""

    damage: Damage
    owner: str
    subject: str
    detail: str
    repaired: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as `--json` shows it."""
        repair = REPAIRS.get(self.damage) if self.repaired else None
        return {**asdict(self), "damage": self.damage.name.lower(), "repair": repair}


Mended = Callable[[Finding, Callable[[], bool]], Finding]
"""Repairs a finding if that is wanted, and marks it as repaired."""
