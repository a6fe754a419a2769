"""What a check can find wrong."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Damage(Enum):
    """The kinds of damage, each with the words for it and for its repair."""

    FILE_WITHOUT_OBJECT = "file without its object"
    OBJECT_WITHOUT_FILE = "object without a file or session"
    WRONG_SIZE = "object of another size than its file"
    WRONG_USAGE = "usage that differs from the sum"
    OVERDUE = "expired, and not collected for over two days"
    UPLOAD_WITHOUT_SESSION = "multipart upload without a session"


REPAIRS = {
    Damage.FILE_WITHOUT_OBJECT: "removed the file, whose bytes are lost, and gave them back",
    Damage.OBJECT_WITHOUT_FILE: "deleted the object",
    Damage.WRONG_USAGE: "set the usage to the sum",
    Damage.OVERDUE: "removed it and gave its bytes back",
    Damage.UPLOAD_WITHOUT_SESSION: "aborted the multipart upload",
}
"""What repairs say; an object of the wrong size is left for a person to look at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: whose, which (an id or an object key), and what was seen."""

    damage: Damage
    owner: str
    subject: str
    detail: str
    repaired: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as `--json` shows it."""
        repair = REPAIRS.get(self.damage) if self.repaired else None
        return {**asdict(self), "damage": self.damage.name.lower(), "repair": repair}
