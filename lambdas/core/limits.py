"""What a stage allows, in bytes, seconds and numbers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """A stage's settings; `infra/stages.py` states them and every function is given them."""

    file_bytes: int
    purpose_bytes: Mapping[str, int]
    quota_bytes: int
    inline_bytes: int
    part_bytes: int
    upload_seconds: int
    upload_purposes: tuple[str, ...]
    files_per_owner: int
    uploads_per_owner: int
    parts_per_upload: int
    batch_requests: int | None = None

    @classmethod
    def from_json(cls, text: str) -> "Limits":
        """Read the settings as the stage writes them into a function's environment.

        A deployment changes code and environment one after the other, so either may be newer:
        unknown settings are ignored, and settings that were added later have a default.
        """
        known = {field.name for field in fields(cls)}
        settings = {name: value for name, value in json.loads(text).items() if name in known}
        settings["upload_purposes"] = tuple(settings["upload_purposes"])
        return cls(**settings)

    def file_bytes_of(self, purpose: str) -> int:
        """Return how many bytes a file of this purpose may have."""
        return min(self.file_bytes, self.purpose_bytes.get(purpose, self.file_bytes))


def in_words(size: int) -> str:
    """Write a number of bytes as a person would: `200 MiB`, or `1000 bytes`."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= scale and size % scale == 0:
            return f"{size // scale} {unit}"
    return f"{size} bytes"
