"""Which choice of its parts an upload is held to, in its item."""

from dataclasses import dataclass

from lambdas.core.errors import UploadNotPending
from lambdas.core.upload import Upload
from lambdas.stores.catalog.table import n, s
from lambdas.stores.catalog.uploads import UploadItems

NOT_HELD_TO_OTHERS = "(attribute_not_exists(#part_ids_digest) OR #part_ids_digest = :digest)"
NOTHING_IS_COPIED = "attribute_not_exists(#has_copies)"


@dataclass(frozen=True, slots=True)
class Choices:
    """Holds sessions to choices of parts, each known by its digest."""

    uploads: UploadItems

    def begin_copying(self, upload: Upload, digest: str, now: float) -> None:
        """Let copies of staged parts take the places of presigned ones, which then are no choice.

        Raises UploadNotPending when the session is held to another or not pending any more.
        """
        self._update(upload, digest, "SET #has_copies = :digest", now)

    def hold(self, upload: Upload, digest: str, now: float, *, staged: bool) -> None:
        """Hold a pending session to one choice for good, of staged parts or of presigned ones.

        Raises UploadNotPending when it is held to another or not pending any more, and when copies
        have taken the places of presigned parts.
        """
        conditions = () if staged else (NOTHING_IS_COPIED,)
        self._update(upload, digest, "SET #part_ids_digest = :digest", now, *conditions)

    def _update(
        self, upload: Upload, digest: str, change: str, now: float, *conditions: str
    ) -> None:
        values = {"digest": s(digest), "now": n(now)}
        if not self.uploads.update_pending(upload, values, change, NOT_HELD_TO_OTHERS, *conditions):
            self.uploads.get(upload.owner, upload.id).must_be_pending(now)
            raise UploadNotPending(
                f"Upload {upload.id} is being completed with other parts. Repeat that call, or "
                "cancel the upload.",
                param="part_ids",
            )
