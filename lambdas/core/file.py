"""The file: what an owner stores, and how the API shows it."""

import json
from dataclasses import dataclass
from typing import Any

from lambdas.core import ids
from lambdas.core.expiry import DAY, LONGEST, lifetime_days


@dataclass(frozen=True, slots=True)
class File:
    """A file that never changes, so it holds its own answer, rendered once.

    `rendered` is OpenAI's File object
    (https://platform.openai.com/docs/api-reference/files/object) as compact ASCII JSON, so a
    list joins strings and knows their size after escaping. `crc64nvme` is base64; older files,
    stored before Larder computed it where S3 does not return it, may have none.
    """

    owner: str
    id: str
    bytes: int
    expires_at: int
    object_key: str
    rendered: str
    crc64nvme: str | None = None

    @property
    def filename(self) -> str:
        """The name under which the content is downloaded."""
        return str(json.loads(self.rendered)["filename"])

    @property
    def purpose(self) -> str:
        """What the file is for."""
        return str(json.loads(self.rendered)["purpose"])


def render(value: dict[str, Any]) -> str:
    """Write an answer as compact ASCII JSON."""
    return json.dumps(value, separators=(",", ":"))


def new_file(
    *,
    owner: str,
    filename: str,
    purpose: str,
    size: int,
    seconds: int,
    now: float,
    object_key: str | None = None,
    crc64nvme: str | None = None,
) -> File:
    """Make a file that is created now and lives for so many seconds.

    The object key is the file's own unless its bytes were put under an upload's.
    """
    file_id = ids.new_id(ids.FILE, now)
    created_at = ids.created_at(file_id)
    answer = {
        "id": file_id,
        "object": "file",
        "bytes": size,
        "created_at": created_at,
        "expires_at": created_at + seconds,
        "filename": filename,
        "purpose": purpose,
        # Both SDKs' wait_for_processing polls for half an hour without a final status.
        "status": "processed",
    }
    return File(
        owner=owner,
        id=file_id,
        bytes=size,
        expires_at=created_at + seconds,
        object_key=object_key or object_key_of(owner, file_id, seconds),
        rendered=render(answer),
        crc64nvme=crc64nvme,
    )


def object_key_of(owner: str, identifier: str, seconds: int) -> str:
    """Name an object so that the lifecycle rule for its life in days deletes it at the latest.

    The owner is in the key, so that a lost object still shows whose it was.
    """
    return f"expires-in-{lifetime_days(seconds):02d}d/{owner}/{identifier}"


def object_keys_of_any_life(owner: str, identifier: str) -> list[str]:
    """Name all objects that can be there for something whose life is not known."""
    return [object_key_of(owner, identifier, seconds) for seconds in range(DAY, LONGEST + 1, DAY)]
