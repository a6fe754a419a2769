"""The upload: a session in which a large file arrives in parts.

https://platform.openai.com/docs/api-reference/uploads/object
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.damage import is_answer_of, names_other_object, names_own_object
from lambdas.core.errors import InvalidRequest, PermissionDenied, UploadNotFound, UploadNotPending
from lambdas.core.file import File, new_file, object_key_of, render
from lambdas.core.limits import Limits
from lambdas.core.purposes import BATCH_OUTPUT

PENDING, COMPLETED, CANCELLED, EXPIRED = "pending", "completed", "cancelled", "expired"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MOST_PARTS = 10_000
MIB = 2**20

SECONDS_WITHOUT_PARTS = 3_600
"""How long a session without any part lasts: as long as each of OpenAI's."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload session; `bytes` and `seconds` are those of the file that it becomes.

    `reserved` are the bytes that it holds of the quota: the file's, and room for `staged_parts`
    with `staged_bytes` in all that came through the API, some of them perhaps twice. `object_key`
    and `multipart_id` are S3's, fixed when the session begins. `joined_as` is the digest of the
    parts that are being or were joined, `file` the rendered File once completed,
    `md5` the MD5 that was verified then, if one was given. A pending session ends at `expires_at`,
    which is `lasts_until` once its first part comes, or its first part URLs are asked for. One
    that is `by_form` takes no parts: its content comes in the form of a `POST /files`, and nobody
    else completes it. If the form gave another life after the content, the bytes were copied, and
    `began_as` is the key of the first object.
    """

    owner: str
    id: str
    status: str
    bytes: int
    filename: str
    purpose: str
    mime_type: str
    seconds: int
    part_size: int
    expires_at: int
    lasts_until: int
    object_key: str
    multipart_id: str
    reserved: int
    staged_bytes: int = 0
    staged_parts: int = 0
    joined_as: str | None = None
    file: str | None = None
    md5: str | None = None
    by_form: bool = False
    began_as: str | None = None

    @property
    def part_count(self) -> int:
        """How many presigned parts the session has."""
        return -(-self.bytes // self.part_size)

    @property
    def room_to_stage(self) -> int:
        """How many bytes of parts that come through the API have been reserved."""
        return self.reserved - self.bytes

    def bytes_of_part(self, part_number: int) -> int:
        """Return how many bytes a presigned part has, numbered from 1: the last has the rest."""
        return min(self.part_size, self.bytes - (part_number - 1) * self.part_size)

    def becomes(self, crc64nvme: str, now: float) -> File:
        """Make the file of the joined object, created now; it is not visible yet."""
        return new_file(
            owner=self.owner,
            filename=self.filename,
            purpose=self.purpose,
            size=self.bytes,
            seconds=self.seconds,
            now=now,
            object_key=self.object_key,
            crc64nvme=crc64nvme,
        )

    def was_joined_as(self, digest: str) -> bool:
        """Tell whether it became a file of this choice of parts."""
        return self.status == COMPLETED and self.joined_as == digest

    def status_at(self, now: float) -> str:
        """Return the status at this moment: that a session has expired is not stored."""
        return EXPIRED if self.status == PENDING and self.expires_at <= now else self.status

    def has_ended_at(self, now: float) -> bool:
        """Tell whether its file has expired: then the session is not shown any more either."""
        return self.file is not None and int(json.loads(self.file)["expires_at"]) <= now

    def answer(self, now: float) -> str:
        """Return OpenAI's Upload object, with the size and number of presigned parts added."""
        return render(
            {
                "id": self.id,
                "object": "upload",
                "bytes": self.bytes,
                "created_at": ids.created_at(self.id),
                "filename": self.filename,
                "purpose": self.purpose,
                "status": self.status_at(now),
                "expires_at": self.expires_at,
                "file": None if self.file is None else json.loads(self.file),
                "mime_type": self.mime_type,
                "part_size": self.part_size,
                "part_count": self.part_count,
            }
        )

    def must_be_pending(self, now: float) -> None:
        """Raise UploadNotPending unless it is, and UploadNotFound once its file has expired."""
        if self.has_ended_at(now):
            raise UploadNotFound(self.id)
        if (status := self.status_at(now)) != PENDING:
            raise UploadNotPending(
                f"Upload {self.id} is {status}; only a pending upload takes this.",
                param="upload_id",
            )

    def must_take_parts(self) -> None:
        """Refuse a session that takes no parts; raises InvalidRequest."""
        if self.by_form:
            raise InvalidRequest(
                f"Upload {self.id} is the form of a POST /files on its way: it takes no parts and "
                "ends by itself. It can be cancelled.",
                param="upload_id",
            )

    def must_be_written_by(self, caller: Caller) -> None:
        """Refuse an owner what only a service may write, and the other way round."""
        if caller.acting != (self.purpose == BATCH_OUTPUT):
            raise PermissionDenied(
                f"Uploads with purpose '{self.purpose}' are written by "
                f"{'the owner' if caller.acting else 'a service key acting for the owner'} alone.",
                param="upload_id",
            )


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived; presigned ones have a number, all of a session or none do."""

    id: str
    bytes: int
    created_at: int
    number: int | None = None
    crc64nvme: str | None = None
    etag: str = ""

    def answer(self, upload_id: str) -> dict[str, Any]:
        """Return OpenAI's Part object, with what a client needs to resume added."""
        return {
            "id": self.id,
            "object": "upload.part",
            "upload_id": upload_id,
            "created_at": self.created_at,
            "bytes": self.bytes,
            "part_number": self.number,
            "checksum": self.crc64nvme,
        }


def new_upload(
    *,
    owner: str,
    filename: str,
    purpose: str,
    mime_type: str,
    size: int,
    seconds: int,
    limits: Limits,
    now: float,
) -> Upload:
    """Make a session that begins now; it has no multipart id yet."""
    upload_id = ids.new_id(ids.UPLOAD, now)
    created_at = ids.created_at(upload_id)
    return Upload(
        owner=owner,
        id=upload_id,
        status=PENDING,
        bytes=size,
        filename=filename,
        purpose=purpose,
        mime_type=mime_type,
        seconds=seconds,
        part_size=max(limits.part_bytes, -(-size // (MOST_PARTS * MIB)) * MIB),
        expires_at=created_at + min(SECONDS_WITHOUT_PARTS, limits.upload_seconds),
        lasts_until=created_at + limits.upload_seconds,
        object_key=object_key_of(owner, upload_id, seconds),
        multipart_id="",
        reserved=size,
    )


def must_be_sound(upload: Upload) -> None:
    """Refuse a session that nobody wrote like this; raises ValueError naming what is damaged."""
    texts: tuple[object, ...] = (
        upload.filename,
        upload.purpose,
        upload.mime_type,
        upload.multipart_id,
    )
    ends = (upload.expires_at, upload.lasts_until)
    numbers = (upload.bytes, upload.seconds, upload.part_size, *ends)
    shown = upload.file is not None and is_answer_of(_id_in(upload.file), upload.file)
    sound = {
        "object_key": names_own_object(upload.object_key, upload.owner, upload.id),
        "status": upload.status in (PENDING, COMPLETED, CANCELLED),
        "file": shown == (upload.status == COMPLETED),
        "session": names_other_object(upload.began_as, upload.object_key, upload.owner, upload.id)
        and all(type(number) is int and number > 0 for number in numbers)
        and all(isinstance(text, str) and text for text in texts),
    }
    if damaged := [name for name, is_sound in sound.items() if not is_sound]:
        raise ValueError(damaged[0])


def _id_in(rendered: str) -> str:
    return str(json.loads(rendered)["id"])


def part_id_of(part_number: int) -> str:
    """Name a presigned part."""
    return f"{ids.PART}{part_number:05d}"


def staged_key(upload: Upload, part_id: str) -> str:
    """Name the object of a part that came through the API."""
    return f"parts/{upload.owner}/{upload.id}/{part_id}"


def digest_of(part_ids: Sequence[str]) -> str:
    """Digest a choice of parts and their order."""
    return hashlib.sha256("\n".join(part_ids).encode()).hexdigest()
