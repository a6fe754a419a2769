"""What a stage says of its front door."""

import json
import os
from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """A stage's settings; `infra/stages.py` states them.

    Of forms and parts so many are taken `requests_at_once`, each of which comes in and goes to S3
    in parts of `part_bytes`: of S3's parts all but the last have 5 MiB, and there may be 10 000 of
    them. One fills while `parts_at_once` before it are being stored. A client that sends or reads
    fewer than `window_bytes` in `window_seconds` is cut off, and so is a form that takes more than
    `request_seconds`.
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
