"""What a stage says of its front door."""

import json
import os
from dataclasses import dataclass

MIB = 2**20

PART_BYTES = 8 * MIB
"""What is stored at once; S3's parts have at least 5 MiB, and an object at most 10 000 of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A stage's settings; `infra/stages.py` states them.

    Of forms and parts so many are taken `requests_at_once`, each of which holds two parts of 8 MiB
    at most. A client that sends or reads fewer than `window_bytes` in `window_seconds` is cut off,
    and so is a form that takes more than `request_seconds`.
    """

    requests_at_once: int
    window_seconds: float
    window_bytes: int
    request_seconds: float

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the settings as the stage writes them into the environment."""
        return cls(**json.loads(os.environ["FRONT_DOOR"]))
