"""Parts too large to be held: a part of an upload is staged as it comes in.

Like any part that comes through the API it is kept as one object, and takes room before it is
stored. It does so piece by piece, each counted as a part, so that the sum is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.core import ids
from lambdas.core.callers import Caller
from lambdas.core.crc64nvme import Crc64nvme
from lambdas.core.errors import PartsChanged
from lambdas.core.file import render
from lambdas.core.staging import Staging, must_be_within
from lambdas.core.upload import Part, Upload, staged_key
from lambdas.core.upload_stores import MultipartStore, Piece


@dataclass(frozen=True, slots=True)
class LargePart:
    """A part on its way, and the object that it waits as."""

    upload: Upload
    id: str
    object_key: str
    multipart_id: str


@dataclass(frozen=True, slots=True)
class LargeParts:
    """Where large parts come in."""

    staging: Staging
    objects: MultipartStore

    def admit(self, caller: Caller, upload_id: str, at_least: int, now: float) -> Upload:
        """Refuse before the content comes what adding the part would refuse."""
        upload = self.staging.pending(caller, upload_id, now)
        must_be_within(upload, at_least)
        self.staging.must_have_room(upload, at_least, now)
        return upload

    def begin(self, upload: Upload, now: float) -> LargePart:
        """Begin a part; raises Busy or Unavailable."""
        part_id = ids.new_id(ids.PART, now)
        object_key = staged_key(upload, part_id)
        return LargePart(upload, part_id, object_key, self.objects.begin(object_key))

    def send(self, part: LargePart, piece: Piece, now: float) -> Part:
        """Store a piece, once there is room for it; raises as adding a part does."""
        upload = part.upload
        must_be_within(upload, piece.stop)
        if piece.number > 1:  # earlier pieces have taken room since the session was read
            upload = self.staging.uploads.get(upload.owner, upload.id)
        self.staging.take_room(upload, len(piece.content), now)
        return self.objects.send(part.object_key, part.multipart_id, piece)

    def finish(self, part: LargePart, pieces: Sequence[Part], now: float) -> str:
        """Stage the part, whole, and return it as the API answers it."""
        upload, size = part.upload, sum(piece.bytes for piece in pieces)
        must_be_within(upload, size)
        own = [(piece.crc64nvme or "", piece.bytes) for piece in pieces]
        try:
            self.objects.join(part.object_key, part.multipart_id, pieces, size)
        except PartsChanged:  # also when it was joined, and the answer was lost
            if not self.objects.holds(part.object_key, size):
                raise
        finally:
            self.staging.discard_unless_pending(upload, part.object_key, now)
        checksum = Crc64nvme.of_parts(own).in_base64()
        staged = Part(part.id, size, ids.created_at(part.id), crc64nvme=checksum)
        return render(staged.answer(upload.id))

    def abandon(self, part: LargePart) -> None:
        """Delete what has been stored of a part that will not be one."""
        self.objects.discard(part.object_key, part.multipart_id)
