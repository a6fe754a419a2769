"""Reaping: what was removed from the catalog is removed from the bucket and from the usage.

A file or session is removed by a delete, by TTL or by an operator; the stream's record may come
twice, late and out of order. Every step here can be repeated without harm.

A damaged record is reaped as far as that is safe, and logged: another delivery would not help, and
`larder admin check` finds what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lambdas.core.damage import (
    is_sound_name,
    log_damage,
    names_other_object,
    names_own_object,
)
from lambdas.core.errors import LarderError
from lambdas.core.upload import CANCELLED, PENDING, Upload
from lambdas.core.upload_stores import PartStore


@dataclass(frozen=True, slots=True)
class Gone:
    """A file or session that is removed from the catalog.

    `number` is the sequence number of its record, `removed_at` the second, since 1970, of its
    removal; `bytes` is None where it cannot be read.
    """

    number: str
    owner: str
    id: str
    bytes: int | None
    object_key: str
    removed_at: int
    upload: Upload | None = None


class Releases(Protocol):
    """Gives bytes back."""

    def release_once(self, gone: Gone, now: float) -> None:
        """Give back the bytes of what is gone, unless they were given back before.

        They count as given back if an operator set the usage to the sum after the removal.
        """


class Objects(Protocol):
    """Keeps objects."""

    def delete(self, *object_keys: str) -> None:
        """Delete objects; deleting what is gone already is the same."""


@dataclass(frozen=True, slots=True)
class Reaper:
    """Removes what belonged to removed files and sessions; its fields are the stores."""

    usage: Releases
    objects: Objects
    parts: PartStore

    def reap(self, gone: Sequence[Gone], now: float) -> list[str]:
        """Reap what is gone and return the numbers of the records to deliver again.

        Bytes are given back before their object is deleted, so a deleted object never leaves bytes
        in the usage.
        """
        failed = []
        object_keys = {}
        for one in gone:
            if not is_sound_name(one.owner, one.id):
                log_damage(one.owner, one.id)
                continue
            is_own = names_own_object(one.object_key, one.owner, one.id)
            if one.bytes is None or not is_own:
                log_damage(one.owner, one.id)
            try:
                self._release(one, now, is_own=is_own)
            except LarderError:
                failed.append(one.number)
            else:
                if one.upload is None and is_own:
                    object_keys[one.number] = one.object_key
        try:
            self.objects.delete(*object_keys.values())
        except LarderError:
            failed += object_keys
        return failed

    def _release(self, one: Gone, now: float, *, is_own: bool) -> None:
        upload = one.upload
        holds_bytes = upload is None or upload.status == PENDING
        if holds_bytes and one.bytes is not None:
            self.usage.release_once(one, now)
        if upload is not None:
            # The object of a completed session belongs to its file.
            has_file = upload.file is not None or upload.status not in (PENDING, CANCELLED)
            if not names_other_object(upload.began_as, one.object_key, one.owner, one.id):
                log_damage(one.owner, one.id)
                upload = replace(upload, began_as=None)
            self.parts.clear(upload, keep_object=has_file or not is_own)
