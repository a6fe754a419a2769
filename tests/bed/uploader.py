"""An owner who uploads by plain HTTP: each call of the Uploads API, as tests say it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from tests.bed.bed import Bed
from tests.bed.gateway import HttpResponse

MIB = 2**20
PART = 8 * MIB
"""The size of presigned parts, with the limits that stages have."""


def content_of(size: int, seed: str = "") -> bytes:
    """Make bytes that are always the same for a seed, and look like no other's."""
    return hashlib.shake_128(f"{seed} {size}".encode()).digest(size)


def cut(content: bytes, *sizes: int) -> list[bytes]:
    """Cut content into pieces of these sizes, and a last one of what is left."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append(content[start : start + size])
        start += size
    return [piece for piece in [*pieces, content[start:]] if piece]


class Uploader:
    """One owner, or a service acting for one; what is not called `try_…` must succeed."""

    def __init__(self, bed: Bed, owner: str = "alice", *, acting_for: str | None = None) -> None:
        self.bed = bed
        self.http = bed.http_of(owner, acting_for=acting_for)

    def try_to_begin(
        self, size: Any, *, idempotency_key: str | None = None, **fields: Any
    ) -> httpx2.Response:
        """Create an upload; `fields` are added to the body, or taken out where they are None."""
        usual = {"filename": "a.jsonl", "purpose": "batch", "mime_type": "application/jsonl"}
        body: dict[str, Any] = {**usual, "bytes": size, **fields}
        kept = {name: value for name, value in body.items() if value is not None}
        return self.http.post("/uploads", json=kept, headers=_keyed(idempotency_key))

    def begin(self, size: int, **fields: Any) -> dict[str, Any]:
        """Create an upload and return it."""
        return _ok(self.try_to_begin(size, **fields))

    def try_to_stage(self, upload: Mapping[str, Any], content: bytes) -> httpx2.Response:
        """Send a part through the API."""
        return self.http.post(f"/uploads/{upload['id']}/parts", files={"data": ("blob", content)})

    def stage(self, upload: Mapping[str, Any], content: bytes) -> str:
        """Send a part through the API and return its id."""
        return str(_ok(self.try_to_stage(upload, content))["id"])

    def try_to_link(
        self, upload: Mapping[str, Any], part_numbers: Any, checksums: Any = None
    ) -> httpx2.Response:
        """Ask for presigned URLs."""
        body = {"part_numbers": part_numbers, "checksums": checksums}
        kept = {name: value for name, value in body.items() if value is not None}
        return self.http.post(f"/uploads/{upload['id']}/part_urls", json=kept)

    def link(
        self, upload: Mapping[str, Any], part_number: int, checksum: str | None = None
    ) -> dict[str, Any]:
        """Return the presigned URL of a part, with what the answer has about it."""
        checksums = checksum and {str(part_number): checksum}
        found = _ok(self.try_to_link(upload, [part_number], checksums))["data"]
        return dict(found[0])

    def put(
        self, link: Mapping[str, Any], content: bytes, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Send a part to its URL, with the headers that belong to it or with others."""
        sent = link["headers"] if headers is None else headers
        return self.bed.request(link["method"], link["url"], sent.items(), content)

    def send(self, upload: Mapping[str, Any], part_number: int, content: bytes) -> str:
        """Send a part to S3 and return its id."""
        answered = self.put(self.link(upload, part_number), content)
        assert answered.status == 200, answered
        return f"part_{part_number:05d}"

    def send_all(self, upload: Mapping[str, Any], content: bytes) -> list[str]:
        """Send all presigned parts and return their ids."""
        size = upload["part_size"]
        pieces = cut(content, *[size] * (len(content) // size))
        return [self.send(upload, number, piece) for number, piece in enumerate(pieces, 1)]

    def try_to_complete(
        self,
        upload: Mapping[str, Any],
        part_ids: Any,
        *,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> httpx2.Response:
        """Complete an upload."""
        body = {"part_ids": part_ids, **fields}
        path = f"/uploads/{upload['id']}/complete"
        return self.http.post(path, json=body, headers=_keyed(idempotency_key))

    def complete(
        self, upload: Mapping[str, Any], part_ids: Sequence[str], **fields: Any
    ) -> dict[str, Any]:
        """Complete an upload and return its file."""
        return dict(_ok(self.try_to_complete(upload, part_ids, **fields))["file"])

    def try_to_cancel(self, upload: Mapping[str, Any]) -> httpx2.Response:
        """Cancel an upload."""
        return self.http.post(f"/uploads/{upload['id']}/cancel")

    def upload(self, upload_id: str) -> dict[str, Any]:
        """Return an upload."""
        return _ok(self.http.get(f"/uploads/{upload_id}"))

    def end_of(self, upload: Mapping[str, Any]) -> int:
        """Return when a pending upload ends, as it is now: later once it has parts."""
        return int(self.upload(upload["id"])["expires_at"])

    def parts(self, upload: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the parts that have arrived."""
        return list(_ok(self.http.get(f"/uploads/{upload['id']}/parts"))["data"])

    def files(self) -> list[dict[str, Any]]:
        """Return all files."""
        return list(_ok(self.http.get("/files"))["data"])

    def usage(self) -> dict[str, int]:
        """Return the usage: `bytes`, `reserved_bytes` and `files`."""
        found = _ok(self.http.get("/usage"))
        return {name: found[name] for name in ("bytes", "reserved_bytes", "files")}

    def url_of(self, file: Mapping[str, Any]) -> str:
        """Return a presigned URL of a file's content."""
        return str(_ok(self.http.get(f"/files/{file['id']}/url"))["url"])

    def checksum_of(self, file: Mapping[str, Any]) -> str | None:
        """Return the CRC64NVME that is told of a file."""
        told: str | None = _ok(self.http.get(f"/files/{file['id']}/url"))["crc64nvme"]
        return told

    def read(self, file: Mapping[str, Any], **headers: str) -> httpx2.Response:
        """Read a file's content, without following a redirect."""
        return self.http.get(f"/files/{file['id']}/content", headers=headers)

    def content(self, file: Mapping[str, Any]) -> bytes:
        """Return a file's content, as whoever follows redirects reads it."""
        answered = self.read(file)
        if answered.status_code == 302:
            found = self.bed.request("GET", answered.headers["location"])
            assert found.status == 200, found
            return found.body
        assert answered.status_code == 200, answered.text
        return answered.content


def _keyed(idempotency_key: str | None) -> dict[str, str]:
    return {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}


def _ok(answered: httpx2.Response) -> dict[str, Any]:
    assert answered.status_code == 200, answered.text
    return dict(answered.json())
