"""A stage's settings of its front door."""

import json
import os
from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """A stage's settings; `infra/stages.py` states them.

    At most `requests_at_once` forms and parts are taken at once. Each goes to S3 in parts of
    `part_bytes`: S3 takes at most 10 000, and all but the last need 5 MiB. One is filled while
    up to `parts_at_once` are being stored. A client that sends or reads fewer than `window_bytes`
    in `window_seconds` is cut off, and so is a form that takes more than `request_seconds`.
    """

    requests_at_once: int
    window_seconds: float
    window_bytes: int
    request_seconds: float
    part_bytes: int = 6 * MIB
    parts_at_once: int = 2

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings as the stage writes them into the environment."""
        return cls(**json.loads(os.environ["FRONT_DOOR"]))
