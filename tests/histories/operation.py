"""One request as whoever made it knows it, and a history of them, kept as JSON lines."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NEVER = math.inf


@dataclass(frozen=True)
class Operation:
    """What was asked, when, and what was told.

    Args:
        owner: Whose files it was about.
        kind: What it did, such as `create`.
        of: The id that it named, "" where it named none.
        start: When it was sent, in the client's own monotonic seconds.
        end: When its answer was there; NEVER if it may still take effect: there was no answer, or
            one that says that nobody knows.
        earliest: What the API's clock said when it was sent, in seconds since 1970.
        latest: What it said when its answer was there. The request's time lies between the two.
        status: HTTP's, 0 without an answer.
        asked: What of the request matters.
        told: What of the answer matters.
        optional: Whether it may have been done never.
    """

    owner: str
    kind: str
    of: str
    start: float
    end: float
    earliest: float
    latest: float
    status: int
    asked: Mapping[str, Any] = field(default_factory=dict, hash=False)
    told: Mapping[str, Any] = field(default_factory=dict, hash=False)
    optional: bool = False

    @property
    def ok(self) -> bool:
        """Whether it was done, or answered with what it asked for."""
        return 200 <= self.status < 400

    def meets(self, other: "Operation") -> bool:
        """Whether the two were on their way at the same time."""
        return self.start <= other.end and other.start <= self.end

    def __str__(self) -> str:
        """Say it in a line."""
        asked = [f"{name} {value}" for name, value in self.asked.items() if name in SAID]
        told = [f"{name} {value}" for name, value in self.told.items() if value not in (None, [])]
        answer = str(self.status) if self.status else "no answer"
        words = [self.kind.replace("_", " "), self.of, *asked, "→", answer, ", ".join(told)]
        return " ".join(word for word in words if word)


SAID = ("bytes", "part_ids", "md5", "key", "after")


@dataclass(frozen=True)
class History:
    """Operations of all owners, in any order, and how the deployment was set up.

    Args:
        operations: All of them. The last ones list all files and uploads, in calm: what nobody was
            told of and is in neither was never made.
        tolerance: How many bytes parts may go beyond the quota.
        piece: From how many bytes on a form is an upload of the front door's own, which may be
            seen in the usage; 0 without a front door.
        recounts: How often a part may have been counted once more, since AWS's answer to the count
            was lost.
    """

    operations: Sequence[Operation]
    tolerance: int
    piece: int
    recounts: int = 0

    def write(self, path: Path) -> None:
        """Write a line for each operation, after one of the settings."""
        names = ("tolerance", "piece", "recounts")
        settings = {name: getattr(self, name) for name in names}
        lines = [settings, *(_as_json(operation) for operation in self.operations)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    @classmethod
    def read(cls, path: Path) -> "History":
        """Read what `write` has written."""
        settings, *lines = map(json.loads, path.read_text().splitlines())
        never = {"end": NEVER}
        operations = [
            Operation(**{**line, **(never if line["end"] is None else {})}) for line in lines
        ]
        return cls(operations, **settings)


def _as_json(operation: Operation) -> dict[str, Any]:
    written = asdict(operation)
    return {**written, "end": None if operation.end == NEVER else operation.end}
