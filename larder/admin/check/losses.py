"""Which of an owner's files have lost their objects."""

from collections.abc import Collection, Iterator
from itertools import islice

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.items import Entry

FILES_AT_ONCE = 20_000
"""How many are in memory at once, by object key and id: about 6 MB."""


def lost_files(
    catalog: Catalog, bucket: Bucket, owner: str, damaged: Collection[tuple[str, str]]
) -> Iterator[Entry]:
    """Find the files of an owner whose objects are not there, but for the damaged ones.

    A deletion removes the item first and the object afterwards. So the items are listed first, by
    eventually consistent reads, and then their objects. A file is lost only if its item still
    exists, by a consistent read, after its object was missing.
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
    """Tell whether an object must exist under this file's key, judging by the file alone."""
    return (
        entry.is_file
        and not entry.flaws
        and entry.key is not None
        and entry.key.owner == entry.owner
    )
