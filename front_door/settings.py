"""What a stage says of its front door."""

import json
import os
from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """A stage's settings; `infra/stages.py` states them.

    Of forms and parts so many are taken `requests_at_once`, each of which holds two times
    `part_bytes` at most, what S3 is sent at once: of its parts all but the last have 5 MiB, and
    there may be 10 000 of them. A client that sends or reads fewer than `window_bytes` in
    `window_seconds` is cut off, and so is a form that takes more than `request_seconds`.
    """

    requests_at_once: int
    window_seconds: float
    window_bytes: int
    request_seconds: float
    part_bytes: int = 8 * MIB

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings as the stage writes them into the environment."""
        return cls(**json.loads(os.environ["FRONT_DOOR"]))
