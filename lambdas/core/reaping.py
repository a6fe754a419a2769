"""Reaping: what is gone from the catalog goes from the bucket and from the usage.

A file or session goes by a delete, by TTL or by an operator's hand; its record may come twice,
late and out of order. Every step here is the same when it is done again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lambdas.core.errors import LarderError
from lambdas.core.upload import COMPLETED, PENDING, Upload
from lambdas.core.upload_stores import PartStore


@dataclass(frozen=True, slots=True)
class Gone:
    """What went: a file's bytes under its object key, or a session.

    `number` is its record's, `removed_at` the second, since 1970, in which it went.
    """

    number: str
    owner: str
    id: str
    bytes: int
    object_key: str
    removed_at: int
    upload: Upload | None = None


class Releases(Protocol):
    """Gives bytes back."""

    def release_once(self, gone: Gone, now: float) -> None:
        """Give back the bytes of what is gone, unless they were given back before.

        They were, too, when it went before an operator set the usage to what is there.
        """


class Objects(Protocol):
    """Keeps objects."""

    def delete(self, *object_keys: str) -> None:
        """Delete objects; deleting what is gone already is the same."""


@dataclass(frozen=True, slots=True)
class Reaper:
    """Where things go: the stores that they go from."""

    usage: Releases
    objects: Objects
    parts: PartStore

    def reap(self, gone: Sequence[Gone], now: float) -> list[str]:
        """Reap what is gone and return the numbers of the records to deliver again.

        Bytes are given back before they are deleted: so an object that is still there may not
        have been given back, and one that is gone has been.
        """
        failed = []
        object_keys = {}
        for one in gone:
            try:
                self._release(one, now)
            except LarderError:
                failed.append(one.number)
            else:
                if one.upload is None and one.object_key:
                    object_keys[one.number] = one.object_key
        try:
            self.objects.delete(*object_keys.values())
        except LarderError:
            failed += object_keys
        return failed

    def _release(self, one: Gone, now: float) -> None:
        upload = one.upload
        if upload is None or upload.status == PENDING:
            self.usage.release_once(one, now)
        if upload is not None:
            # A completed session's object is its file's.
            self.parts.clear(upload, keep_object=upload.status == COMPLETED)
