"""How an upload's item holds its session: one string of what never changes, and the rest."""

import json

from lambdas.core.file import render
from lambdas.core.upload import COMPLETED, Upload, must_be_sound
from lambdas.stores.catalog.reading import number, reading, whole
from lambdas.stores.catalog.table import Item, text

# What few sessions have; the others leave it out.
RARE = ("by_form", "began_as")

# Two of these differ from the item's attributes of that name: `bytes` is the file's size, not what
# is reserved, and `expires_at` is the end of a session with parts, not this session's present end.
NEVER_CHANGES = ("bytes", "filename", "purpose", "mime_type", "seconds", "part_size", "expires_at")


def session_of(upload: Upload) -> str:
    """Write the session as JSON: what never changes after it began, but for a form's session."""
    never_changes = {name: getattr(upload, name) for name in NEVER_CHANGES}
    rare = {name: getattr(upload, name) for name in RARE if getattr(upload, name)}
    return render({**never_changes, "expires_at": upload.lasts_until, **rare})


def sound_upload_of(item: Item) -> Upload:
    """Read a session's item; raises Damaged, also when its object is not its own."""
    owner, upload_id = text(item, "owner"), text(item, "id")
    with reading(owner, upload_id):
        upload = upload_of(item)
        must_be_sound(upload)
        whole(item, "bytes")
    return upload


def upload_of(item: Item) -> Upload:
    """Read a session's item; raises the errors that `reading` turns into Damaged."""
    session = json.loads(text(item, "session"))
    status, lasts_until = text(item, "status"), session.pop("expires_at")
    return Upload(
        owner=text(item, "owner"),
        id=text(item, "id"),
        status=status,
        # The item of a completed session expires with its file.
        expires_at=lasts_until if status == COMPLETED else number(item, "expires_at"),
        lasts_until=lasts_until,
        reserved=number(item, "bytes"),
        staged_bytes=number(item, "staged_bytes"),
        staged_parts=number(item, "staged_parts"),
        object_key=text(item, "object_key"),
        multipart_id=text(item, "multipart_id"),
        joined_as=text(item, "part_ids_digest") or None,
        file=text(item, "file") or None,
        md5=text(item, "md5") or None,
        **session,
    )
