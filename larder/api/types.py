"""What the API answers, field for field; times are Unix seconds, sizes bytes."""

from typing import Literal, NotRequired, TypedDict


class File(TypedDict):
    """OpenAI's File; `expires_at` is always set."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: str


class FileUrl(TypedDict):
    """A URL of a file's content until `expires_at`, and its CRC64NVME in base64 if known."""

    object: Literal["file.url"]
    url: str
    expires_at: int
    bytes: int
    filename: str
    crc64nvme: str | None


class FilePage(TypedDict):
    """A page of a list; if there is more, the next begins after `last_id`."""

    object: Literal["list"]
    data: list[File]
    has_more: bool
    last_id: str | None


class Deleted(TypedDict):
    """That a file has been deleted."""

    id: str
    object: Literal["file"]
    deleted: Literal[True]


class Upload(TypedDict):
    """OpenAI's Upload, and how the file is cut: `part_count` parts of `part_size`, the last less.

    `file` is None until the upload is completed.
    """

    id: str
    object: Literal["upload"]
    bytes: int
    created_at: int
    filename: str
    purpose: str
    status: Literal["pending", "completed", "cancelled", "expired"]
    expires_at: int
    file: File | None
    part_size: int
    part_count: int
    mime_type: str


class UploadPage(TypedDict):
    """A page of a list of uploads; see FilePage."""

    object: Literal["list"]
    data: list[Upload]
    has_more: bool
    last_id: str | None


class PartUrl(TypedDict):
    """Where to PUT one part, with exactly these headers, until `expires_at`."""

    part_number: int
    url: str
    method: str
    headers: dict[str, str]
    bytes: int
    expires_at: int


class Part(TypedDict):
    """A part that has arrived; `checksum` is its CRC64NVME in base64, when S3 knows it."""

    id: str
    bytes: int
    part_number: int | None
    checksum: str | None


class Limits(TypedDict):
    """The most that a file may have, and a batch in bytes and requests; None for any number.

    `purposes` has the most bytes by each purpose that users may upload with; an older service says
    none.
    """

    file_bytes: int
    batch_bytes: int
    batch_requests: int | None
    purposes: NotRequired[dict[str, int]]


class Usage(TypedDict):
    """What an owner holds and may hold; `limits` only from a service that says them."""

    object: Literal["usage"]
    owner: str
    bytes: int
    reserved_bytes: int
    quota_bytes: int
    files: int
    limits: NotRequired[Limits]


class ExpiresAfter(TypedDict):
    """OpenAI's `expires_after`: seconds after the anchor."""

    anchor: Literal["created_at"]
    seconds: int
