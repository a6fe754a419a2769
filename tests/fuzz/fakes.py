"""Stores that hold one upload and have room: what is looked at is what goes in and comes out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lambdas.core.callers import Caller
from lambdas.core.file import File, new_file
from lambdas.core.idempotency import Claim
from lambdas.core.limits import Limits
from lambdas.core.pages import Entries, PageRequest
from lambdas.core.quota import Allowance, Amount, Quota, Usage
from lambdas.core.reaping import Gone
from lambdas.core.upload import Part, Upload, new_upload

NOW = 1_900_000_000.0
MIB = 2**20
LIMITS = Limits(
    file_bytes=512 * MIB,
    purpose_bytes={"batch": 200 * MIB},
    quota_bytes=2**40,
    inline_bytes=4 * MIB,
    part_bytes=8 * MIB,
    upload_seconds=86_400,
    upload_purposes=("batch", "user_data"),
    files_per_owner=100_000,
    uploads_per_owner=100,
    parts_per_upload=100,
)
ALICE = Caller("alice")
FILE_OF_ALICE = new_file(
    owner="alice", filename="a", purpose="batch", size=100, seconds=3600, now=NOW
)


class OneFile:
    """Alice's only file."""

    def get(self, owner: str, file_id: str, now: float) -> File:
        return FILE_OF_ALICE

    def page(
        self, owner: str, purpose: str | None, page: PageRequest, now: float
    ) -> Iterator[Entries]:
        yield [(FILE_OF_ALICE.id, FILE_OF_ALICE.rendered)]


class OneUpload:
    """All that creating an upload and linking its parts asks for."""

    def __init__(self) -> None:
        self.upload = new_upload(
            owner="alice",
            filename="a",
            purpose="batch",
            mime_type="text/plain",
            size=20 * MIB,
            seconds=3600,
            limits=LIMITS,
            now=NOW,
        )

    def add(self, upload: Upload, allowed: Allowance, claim: Claim | None, answer: str) -> None:
        self.upload = upload

    def get(self, owner: str, upload_id: str) -> Upload:
        return self.upload

    def page(self, owner: str, page: PageRequest) -> Iterator[Upload]:
        yield self.upload

    def prolong(self, upload: Upload, now: float) -> None: ...

    def hold(self, upload: Upload, joined_as: str, now: float) -> None: ...

    def complete(
        self, completed: Upload, file: File, claim: Claim | None, answer: str, now: float
    ) -> None: ...

    def cancel(self, upload: Upload, now: float) -> Upload:
        return upload


class Links:
    """Makes a URL that names what it is for."""

    def part(
        self,
        object_key: str,
        multipart_id: str,
        part_number: int,
        headers: Mapping[str, str],
        now: float,
        valid_until: int,
    ) -> str:
        return f"https://bucket.example/{object_key}?partNumber={part_number}"

    def content(self, file: File, now: float, valid_until: int, *, method: str = "GET") -> str:
        return f"https://bucket.example/{file.object_key}"


class NoClaims:
    """Knows no key, and lets anybody have it."""

    def claim(self, claim: Claim, now: float) -> str | None:
        return None

    def has_answer(self, owner: str, claim_id: str, now: float) -> bool:
        return False

    def unclaim(self, claim: Claim) -> None: ...


class Discarded:
    """Notes the objects that are deleted, and the bytes that are given back."""

    def __init__(self) -> None:
        self.objects: list[str] = []
        self.released: list[int] = []

    def release_once(self, gone: Gone, now: float) -> None:
        assert gone.bytes is not None
        self.released.append(gone.bytes)

    def delete(self, *object_keys: str) -> None:
        self.objects += object_keys

    def clear(self, upload: Upload, *, keep_object: bool) -> None:
        others = [] if upload.began_as is None else [upload.began_as]
        self.objects += [*others, *([] if keep_object else [upload.object_key])]

    def begin(self, object_key: str) -> str:
        return "multipart-id"

    def discard(self, upload: Upload, *, keep_object: bool) -> None: ...

    def numbered(self, upload: Upload) -> list[Part] | None: ...

    def staged(self, upload: Upload) -> list[Part]:
        return []

    def joined(self, upload: Upload) -> str | None: ...

    def join(self, upload: Upload, parts: Sequence[Part]) -> str:
        raise AssertionError("nothing is joined")

    def concatenate(self, upload: Upload, parts: Sequence[Part], digest: Any) -> list[Part]:
        raise AssertionError("nothing is joined")

    def feed(self, upload: Upload, digest: Any) -> None: ...


class Room:
    """An owner who holds nothing."""

    def usage(self, owner: str) -> Usage:
        return Usage(Amount())

    def expired(self, owner: str, now: float) -> Amount:
        return Amount()

    def release_expired(self, owner: str, needed: Amount, now: float) -> Amount:
        return Amount()


QUOTA = Quota(Room(), LIMITS)
