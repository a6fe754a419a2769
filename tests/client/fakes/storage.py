"""A fake of S3: parts PUT to presigned URLs, objects read by ranges."""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from awscrt.checksums import crc64nvme  # type: ignore[import-untyped]

from larder.transfer.checksum import encode
from tests.client.fakes.server import Request, Response


@dataclass(frozen=True)
class Grant:
    """What one presigned URL allows."""

    path: str
    part: int | None = None
    size: int = 0
    checksum: str | None = None


@dataclass
class FakeStorage:
    """`url` is set once its server runs."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    received: list[int] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    capacity: int | None = None
    waiting: int = 0
    most_waiting: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def presign(self, grant: Grant) -> str:
        token = secrets.token_hex(8)
        self.grants[token] = grant
        return f"{self.url}{grant.path}?token={token}"

    def hold_after(self, parts: int) -> None:
        """Takes so many parts more; whoever brings another waits for `release`, in vain."""
        with self.changed:
            self.capacity = len(self.received) + parts

    def release(self) -> None:
        with self.changed:
            self.capacity = None
            self.changed.notify_all()

    def expire_urls(self) -> None:
        self.grants.clear()

    def join(self, path: str) -> bytes:
        with self.changed:
            parts = self.parts.pop(path, {})
            self.objects[path] = b"".join(parts[number] for number in sorted(parts))
            self.ended.add(path)
            return self.objects[path]

    def joined(self, path: str) -> bytes | None:
        return self.objects.get(path)

    def abort(self, path: str) -> None:
        with self.changed:
            self.parts.pop(path, None)
            self.ended.add(path)

    def checksums(self, path: str) -> Mapping[int, str]:
        with self.changed:
            parts = dict(self.parts.get(path, {}))
        return {number: checksum_of(parts[number]) for number in sorted(parts)}

    def answer(self, request: Request) -> Response:
        grant = self.grants.get(request.query.get("token", ""))
        if grant is None or grant.path != request.path:
            return _refused(403, "AccessDenied")
        if request.method == "GET":
            return self._get(request)
        return self._put_part(request, grant)

    def _get(self, request: Request) -> Response:
        content = self.objects.get(request.path)
        if content is None:
            return _refused(404, "NoSuchKey")
        if "range" not in request.headers:
            return Response(200, content)
        self.ranges.append(request.headers["range"])
        start, end = request.headers["range"].removeprefix("bytes=").split("-")
        given = {"content-range": f"bytes {start}-{end}/{len(content)}"}
        return Response(206, content[int(start) : int(end) + 1], given)

    def _put_part(self, request: Request, grant: Grant) -> Response:
        if grant.part is None or len(request.body) != grant.size:
            return _refused(403, "SignatureDoesNotMatch")
        if request.headers.get("x-amz-checksum-crc64nvme") != grant.checksum:
            return _refused(403, "SignatureDoesNotMatch")
        if grant.checksum is not None and checksum_of(request.body) != grant.checksum:
            return _refused(400, "BadDigest")
        with self.changed:
            if self.capacity is not None and len(self.received) >= self.capacity:
                self.waiting += 1
                self.most_waiting = max(self.waiting, self.most_waiting)
                self.changed.wait_for(lambda: self.capacity is None, 60)
                self.waiting -= 1
                return _refused(503, "SlowDown")
            if grant.path in self.ended:
                return _refused(404, "NoSuchUpload")
            self.parts.setdefault(grant.path, {})[grant.part] = request.body
            self.received.append(grant.part)
        return Response(200, b"", {"etag": f'"{grant.part}"'})


def checksum_of(content: bytes) -> str:
    return encode(crc64nvme(content))


def _refused(status: int, code: str) -> Response:
    return Response(status, f"<Error><Code>{code}</Code></Error>".encode())
