"""The interfaces of the stores that uploads need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lambdas.core.file import File
from lambdas.core.idempotency import Claim
from lambdas.core.pages import PageRequest
from lambdas.core.quota import Allowance
from lambdas.core.upload import Part, Upload


class UploadStore(Protocol):
    """Keeps the upload sessions of every owner, and moves their usage in the same step."""

    def add(self, upload: Upload, allowed: Allowance, claim: Claim | None, answer: str) -> None:
        """Begin a session and reserve its bytes, all or nothing.

        Raises QuotaExceeded when it does not fit, Busy when nothing was done, Unavailable when
        that is unknown.
        """

    def get(self, owner: str, upload_id: str) -> Upload:
        """Return a session as last committed, expired or not; raises UploadNotFound."""

    def page(self, owner: str, page: PageRequest) -> Iterator[Upload]:
        """Yield every session on and behind the page, in order."""

    def prolong(self, upload: Upload, now: float) -> None:
        """Have a pending session last as long as those with parts do.

        Raises UploadNotFound or UploadNotPending.
        """

    def complete(
        self, completed: Upload, file: File, claim: Claim | None, answer: str, now: float
    ) -> None:
        """Show the file, end the session and turn its reservation into use, all or nothing.

        Raises UploadNotFound, UploadNotPending or CatalogFull when that was definitely not done.
        """

    def cancel(self, upload: Upload, now: float) -> Upload:
        """End a pending session, give its bytes back, all or nothing, and return it as it ended.

        Raises UploadNotFound or UploadNotPending.
        """


class ChoiceStore(Protocol):
    """Holds sessions to choices of parts, each known by its digest."""

    def begin_copying(self, upload: Upload, digest: str, now: float) -> None:
        """Let copies of staged parts take the places of presigned ones, which then are no choice.

        Raises UploadNotPending when the session is held to another or not pending any more,
        CatalogFull.
        """

    def hold(self, upload: Upload, digest: str, now: float, *, staged: bool) -> None:
        """Hold a pending session to one choice for good, before S3 joins it.

        Raises UploadNotPending when it is held to another or not pending any more, and when copies
        have taken the places of presigned parts; CatalogFull.
        """


class StagedCountStore(Protocol):
    """Counts the parts that come through the API, and reserves room for them."""

    def take_part(self, upload: Upload, size: int, most: int, now: float) -> bool:
        """Count a part that comes through the API, in the room that was reserved, and prolong.

        False when the session is not pending, the room is taken, or it has the most parts.
        """

    def reserve_and_take_part(
        self, upload: Upload, size: int, most: int, more: int, allowed: Allowance, now: float
    ) -> bool:
        """Reserve so many bytes more, count a part and prolong, all or nothing.

        False when the session is not pending, has the most parts, or another call was faster with
        the first part. Raises QuotaExceeded.
        """


class PartStore(Protocol):
    """Keeps parts until they are joined, and joins them."""

    def begin(self, object_key: str) -> str:
        """Begin an object that arrives in parts, and return its multipart id."""

    def numbered(self, upload: Upload) -> list[Part] | None:
        """Return the presigned parts that S3 has, by number, None once joined or aborted."""

    def staged(self, upload: Upload) -> list[Part]:
        """Return the parts that came through the API, oldest first."""

    def joined(self, upload: Upload) -> str | None:
        """Return the CRC64NVME of the session's object, None while it is not there, whole."""

    def join(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Have S3 join presigned parts, without reading them, and return the CRC64NVME.

        Raises PartsChanged when S3 has other parts by now, Unavailable when that is unknown.
        """

    def concatenate(
        self, upload: Upload, parts: Sequence[Part], digest: "Digest | None"
    ) -> list[Part]:
        """Copy staged parts into presigned ones, in this order, and return those, to be joined.

        Memory is bounded, whatever the sizes are. The digest is fed with every byte, in order.
        """

    def feed(self, upload: Upload, digest: "Digest") -> None:
        """Feed a digest with the bytes of the session's object, in bounded memory.

        Raises PartsChanged when it is gone.
        """

    def clear(self, upload: Upload, *, keep_object: bool) -> None:
        """Delete what a session left behind; done before is the same."""

    def discard(self, upload: Upload, *, keep_object: bool) -> None:
        """Delete what a session left behind; on failure the lifecycle rules will."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to be stored as one of S3's parts, with their CRC64NVME in base64, which S3 compares.

    `stop` is how many bytes the object has with it.
    """

    number: int
    content: bytes | bytearray
    crc64nvme: str | None
    stop: int


class MultipartStore(Protocol):
    """Keeps objects that arrive in parts, each known by its key and its multipart id."""

    def begin(self, object_key: str) -> str:
        """Begin an object, and return its multipart id."""

    def send(self, object_key: str, multipart_id: str, piece: Piece) -> Part:
        """Store a part, whose checksum, if it is given, is compared.

        Raises PartsChanged when the object has been joined or discarded meanwhile.
        """

    def join(
        self, object_key: str, multipart_id: str, parts: Sequence[Part], size: int
    ) -> str | None:
        """Join parts of so many bytes together; return the object's CRC64NVME where S3 does.

        Raises PartsChanged when they are not there, or were joined before, Unavailable when that
        is unknown.
        """

    def holds(self, object_key: str, size: int) -> bool:
        """Tell whether the object is there, with so many bytes."""

    def copy(self, source_key: str, object_key: str, size: int) -> None:
        """Make another object of the same bytes; raises PartsChanged when the source is gone."""

    def discard(self, object_key: str, multipart_id: str) -> None:
        """Delete an object, or what there is of it; on failure the lifecycle rules will."""


class Digest(Protocol):
    """A running digest, as `hashlib` makes them."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""


class PartLinks(Protocol):
    """Makes links that take one part each."""

    def part(
        self,
        object_key: str,
        multipart_id: str,
        part_number: int,
        headers: Mapping[str, str],
        now: float,
        valid_until: int,
    ) -> str:
        """Return a URL that takes one part with exactly these headers, until this second."""
