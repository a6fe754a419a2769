"""The five invariants of the design, checked on what a deployment holds, past its API.

1. A file that anyone can see is complete.
2. An owner's usage is the bytes of its files and of its pending uploads, and no session has more
   in the bucket than it holds of that.
3. What was acknowledged is kept: `tests.bed.witness` checks it, as whoever was told it.
4. Nothing of one owner is another's.
5. No byte outlives its file for long: `leftovers` are bytes of nothing, `pass_lifecycle` does what
   S3's rules do in the end.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lambdas.core.ids import FILE, created_at
from lambdas.stores.catalog.reading import number
from lambdas.stores.catalog.table import Item, text
from tests.bed.bed import Bed
from tests.bed.environment import CONTENT_BUCKET
from tests.bed.holdings import Holdings

DAY = 86_400
PARTS_DAYS = 2
INCOMPLETE_UPLOAD_DAYS = 2
SPARE_DAYS = 1


def violations(bed: Bed, removed: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Return a sentence for each breach of an invariant.

    `removed` are the stream's records that the reaper has not had: until then, what they removed
    may still be in the usage.
    """
    holdings = Holdings.of(bed)
    images = [record["dynamodb"]["OldImage"] for record in removed]
    return [
        *_incomplete_files(holdings, bed.clock.now),
        *_wrong_usages(holdings, images),
        *_overfull_sessions(holdings),
        *_shared_objects(holdings),
    ]


def _incomplete_files(holdings: Holdings, now: float) -> Iterator[str]:
    for item in holdings.files():
        shown = json.loads(text(item, "file"))
        if number(item, "expires_at") > now:
            size = holdings.objects.get(text(item, "object_key"))
            if size != number(item, "bytes"):
                yield f"{text(item, 'id')} has {number(item, 'bytes')} bytes, its object {size}"
        if (shown["id"], shown["bytes"], shown["expires_at"]) != (
            text(item, "id"),
            number(item, "bytes"),
            number(item, "expires_at"),
        ):
            yield f"{text(item, 'id')} tells {shown} of itself"


def _wrong_usages(holdings: Holdings, removed: Sequence[Item]) -> Iterator[str]:
    markers = {text(item, "id").removeprefix("released#") for item in holdings.items}
    held = [
        *holdings.files(),
        *holdings.uploads(),
        *{text(item, "id"): item for item in removed if text(item, "id") not in markers}.values(),
    ]
    wanted: dict[str, Counter[str]] = {}
    for item in held:
        usage = wanted.setdefault(text(item, "owner"), Counter())
        if text(item, "id").startswith(FILE):
            usage.update(used_bytes=number(item, "bytes"), files=1)
        elif text(item, "status") == "pending":
            reserved = number(item, "bytes")
            usage.update(used_bytes=reserved, reserved_bytes=reserved, uploads=1)
    usages = {text(item, "owner"): item for item in holdings.items if text(item, "id") == "usage"}
    for owner in sorted({*usages, *wanted}):
        for name in ("used_bytes", "reserved_bytes", "files", "uploads"):
            has = number(usages.get(owner, {}), name)
            should_have = wanted.get(owner, Counter())[name]
            if has != should_have:
                yield f"{owner} has {name} {has} instead of {should_have}"


def _overfull_sessions(holdings: Holdings) -> Iterator[str]:
    has: Counter[str] = Counter()
    for object_key, size in holdings.objects.items():
        has[_session_of_part(object_key) or object_key] += size
    for multipart_id, size in holdings.multipart_bytes.items():
        has[_session_of_part(holdings.multipart[multipart_id])] += size
    for item in _pending(holdings).values():
        multipart = holdings.multipart_bytes.get(text(item, "multipart_id"), 0)
        stored = has[text(item, "id")] + has[text(item, "object_key")] + multipart
        if stored > number(item, "bytes"):
            yield f"{text(item, 'id')} has {stored} bytes, and holds {number(item, 'bytes')}"


def _shared_objects(holdings: Holdings) -> Iterator[str]:
    holders: Counter[str] = Counter(text(item, "object_key") for item in holdings.files())
    for object_key, count in holders.items():
        if count > 1:
            yield f"{count} files have the object {object_key}"
    for item in (*holdings.files(), *holdings.uploads()):
        if text(item, "object_key").split("/")[1] != text(item, "owner"):
            yield f"{text(item, 'owner')} has the object {text(item, 'object_key')}"


def leftovers(bed: Bed) -> list[str]:
    """Return the keys of objects and of parts in S3 that belong to nothing in the catalog.

    A pending session's parts belong to it, and what its form is copied to; what a cancelled one
    has left does not.
    """
    holdings = Holdings.of(bed)
    return [*_lost_objects(holdings), *_lost_multipart_uploads(holdings).values()]


def left_by(bed: Bed, removed: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the keys of what the reaper has left of what it was told of.

    Of the multipart uploads of large parts and of copies nobody knows but the process that makes
    them: should it die, S3's rule aborts them.
    """
    holdings = Holdings.of(bed)
    images = [record["dynamodb"]["OldImage"] for record in removed]
    gone = {text(item, "id") for item in images}
    begun = {text(item, "multipart_id") for item in images}
    lost = _lost_multipart_uploads(holdings)
    return [
        *(key for key in _lost_objects(holdings) if gone & {*key.split("/")}),
        *(key for multipart_id, key in lost.items() if multipart_id in begun),
    ]


def _lost_objects(holdings: Holdings) -> list[str]:
    files = {text(item, "object_key") for item in holdings.files()}
    pending = _pending(holdings)
    return [key for key in holdings.objects if key not in files and not _is_of(key, pending)]


def _lost_multipart_uploads(holdings: Holdings) -> dict[str, str]:
    """Return those by their ids that hold bytes of nothing.

    One without parts holds none: botocore begins two when it loses the first one's answer.
    """
    pending = _pending(holdings)
    begun = {text(item, "multipart_id") for item in pending.values()}
    keys = {text(item, "object_key") for item in pending.values()}
    return {
        multipart_id: key
        for multipart_id, key in holdings.multipart.items()
        if holdings.multipart_bytes[multipart_id] and multipart_id not in begun
        if key in keys or not _is_of(key, pending)
    }


def _pending(holdings: Holdings) -> dict[str, Item]:
    return {
        text(item, "id"): item for item in holdings.uploads() if text(item, "status") == "pending"
    }


def _is_of(object_key: str, pending: Mapping[str, Item]) -> bool:
    """Tell whether a session has this: as its object, a part, or a copy for another life."""
    session = pending.get(object_key.split("/")[2])
    if session is None or _session_of_part(object_key):
        return session is not None
    by_form = "by_form" in json.loads(text(session, "session"))
    return by_form or object_key == text(session, "object_key")


def _session_of_part(object_key: str) -> str:
    lead, _, rest = object_key.partition("/")
    return rest.split("/")[1] if lead == "parts" else ""


def pass_lifecycle(bed: Bed, ahead: int = 0) -> list[str]:
    """Delete what S3's rules have deleted by now, and return the keys.

    S3's clock may be so many seconds ahead of the API's.

    The rules are those of `infra.constructs.content_bucket`, whose own tests hold them; an id tells
    when its object was begun.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
    """
    holdings, now, s3 = Holdings.of(bed), bed.clock.now, bed.session.client("s3")
    gone = [key for key in holdings.objects if _deleted_at(key, ahead) <= now + ahead]
    for key in gone:
        s3.delete_object(Bucket=CONTENT_BUCKET, Key=key)
    for multipart_id, key in holdings.multipart.items():
        began = _begun_at(key) + ahead
        if _next_midnight(began + INCOMPLETE_UPLOAD_DAYS * DAY) <= now + ahead:
            s3.abort_multipart_upload(Bucket=CONTENT_BUCKET, Key=key, UploadId=multipart_id)
            gone.append(key)
    return gone


def _deleted_at(object_key: str, ahead: int) -> int:
    lead = object_key.partition("/")[0]
    days = PARTS_DAYS if lead == "parts" else int(lead[len("expires-in-") : -1]) + SPARE_DAYS
    return _next_midnight(_begun_at(object_key) + ahead + days * DAY)


def _begun_at(object_key: str) -> int:
    return created_at(object_key.rpartition("/")[2])


def _next_midnight(moment: int) -> int:
    return -(-moment // DAY) * DAY
