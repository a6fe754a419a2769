"""Which of an owner's files have lost their objects."""

from collections.abc import Collection, Iterator
from itertools import islice

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.items import Entry

FILES_AT_ONCE = 20_000
"""So many are held at once, by object key and id: about 6 MB."""


def lost_files(
    catalog: Catalog, bucket: Bucket, owner: str, damaged: Collection[tuple[str, str]]
) -> Iterator[Entry]:
    """Find the files of an owner whose objects are not there, but for the damaged ones.

    Who deletes a file deletes its item first and its object afterwards. So first the items are
    listed, as they were a moment ago, then the objects that they name. A file is lost only when
    its item, read again and consistently, is there after its object was not.
    """
    files = (
        (entry.object_key, (owner, entry.id))
        for entry in catalog.of_owner(owner, consistent=False)
        if _has_own_object(entry) and (owner, entry.id) not in damaged
    )
    while some := dict(islice(files, FILES_AT_ONCE)):
        missing = bucket.missing(some)
        for entry in catalog.find(some[key] for key in missing).values():
            if _has_own_object(entry) and entry.object_key in missing:
                yield entry


def _has_own_object(entry: Entry) -> bool:
    """Tell whether an object must be under this file's key, as far as the file itself tells."""
    return (
        entry.is_file
        and not entry.flaws
        and entry.key is not None
        and entry.key.owner == entry.owner
    )
