"""A fake of the service's API over the fake storage: files and uploads of one owner."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.client.fakes.server import Request, Response
from tests.client.fakes.storage import FakeStorage, Grant, checksum_of

API_KEY = "sk-larder-test"


class Refusal(Exception):
    def __init__(self, status: int, message: str, param: str | None, code: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": "t", "param": param, "code": code}


@dataclass
class FakeService:
    """The limits are small, so that tests are fast."""

    storage: FakeStorage = field(default_factory=FakeStorage)
    inline_bytes: int = 64 * 1024
    part_bytes: int = 64 * 1024
    file_bytes: int = 256 * 2**20
    batch_requests: int | None = 50_000
    says_limits: bool = True
    page_size: int = 10_000
    keys: list[str] = field(default_factory=lambda: [API_KEY])
    purposes: list[str] = field(default_factory=lambda: ["batch"])
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, Response] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    wrong_checksum: bool = False
    tells_checksums: bool = True
    without_checksum: set[str] = field(default_factory=set)
    signs_checksums: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, request: Request) -> Response:
        with self.lock:
            self.requests.append(request)
            key = request.headers.get("idempotency-key")
            claim = f"{request.path} {key}"
            if key and claim in self.answered:
                return self.answered[claim]
            try:
                response = self._route(request)
            except Refusal as refusal:
                body = json.dumps({"error": refusal.error}).encode()
                return Response(refusal.status, body, {"content-type": "application/json"})
            if key:
                self.answered[claim] = response
            return response

    def called(self, pattern: str) -> list[Request]:
        """The requests whose `METHOD path` the pattern matches whole."""
        return [
            request
            for request in self.requests
            if re.fullmatch(pattern, f"{request.method} {request.path}")
        ]

    def content(self, file_id: str) -> bytes:
        return self.storage.objects[f"/content/{file_id}"]

    def add_file(self, content: bytes, filename: str = "a.jsonl") -> dict[str, Any]:
        """Stores a file as if it had been uploaded."""
        return self._store(content, filename, "batch", None)

    def _route(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.keys:
            raise Refusal(401, "Incorrect API key provided.", None, "invalid_api_key")
        routes: list[tuple[str, Any]] = [
            (r"POST /v1/files", self._create_file),
            (r"GET /v1/files", self._list_files),
            (r"GET /v1/files/([^/]+)", self._get_file),
            (r"GET /v1/files/([^/]+)/content", self._get_content),
            (r"GET /v1/files/([^/]+)/url", self._get_url),
            (r"DELETE /v1/files/([^/]+)", self._delete_file),
            (r"GET /v1/usage", self._get_usage),
            (r"POST /v1/uploads", self._create_upload),
            (r"GET /v1/uploads", self._list_uploads),
            (r"GET /v1/uploads/([^/]+)", self._get_upload),
            (r"POST /v1/uploads/([^/]+)/part_urls", self._create_part_urls),
            (r"GET /v1/uploads/([^/]+)/parts", self._list_parts),
            (r"POST /v1/uploads/([^/]+)/complete", self._complete),
            (r"POST /v1/uploads/([^/]+)/cancel", self._cancel),
        ]
        for pattern, act in routes:
            match = re.fullmatch(pattern, f"{request.method} {request.path}")
            if match:
                answer = act(request, *match.groups())
                return answer if isinstance(answer, Response) else _json(answer)
        raise Refusal(404, f"Unknown request URL: {request.path}", None, "unknown_url")

    def _create_file(self, request: Request) -> Any:
        form = read_form(request)
        filename, content = form["file"]
        if len(content) > self.inline_bytes:
            raise Refusal(413, "Too large for one call.", "file", "content_too_large")
        _, purpose = form.get("purpose", ("", b""))
        return self._store(content, _basename(filename), purpose.decode(), None)

    def _store(
        self, content: bytes, filename: str, purpose: str, seconds: int | None
    ) -> dict[str, Any]:
        if purpose not in self.purposes:
            raise Refusal(400, f"Invalid purpose: {purpose!r}", "purpose", None)
        now = int(time.time())
        file = {
            "id": f"file-{len(self.files):026}",
            "object": "file",
            "bytes": len(content),
            "created_at": now,
            "expires_at": now + (seconds or 2_592_000),
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
        }
        self.files[str(file["id"])] = file
        self.storage.objects[f"/content/{file['id']}"] = content
        return file

    def _list_files(self, request: Request) -> Any:
        return self._page(request, self.files)

    def _list_uploads(self, request: Request) -> Any:
        return self._page(request, self.uploads)

    def _page(self, request: Request, things: dict[str, dict[str, Any]]) -> Any:
        entries = list(things.values())
        if request.query.get("order", "desc") == "desc":
            entries.reverse()
        ids = [entry["id"] for entry in entries]
        after = request.query.get("after")
        start = ids.index(after) + 1 if after else 0
        limit = min(int(request.query.get("limit", 10_000)), self.page_size)
        page = entries[start : start + limit]
        return {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else "",
            "last_id": page[-1]["id"] if page else "",
            "has_more": start + limit < len(entries),
        }

    def _get_file(self, request: Request, file_id: str) -> Any:
        if file_id not in self.files:
            raise Refusal(404, f"No such File object: {file_id}", "file_id", None)
        return self.files[file_id]

    def _get_content(self, request: Request, file_id: str) -> Response:
        self._get_file(request, file_id)
        content = self.content(file_id)
        if len(content) > self.inline_bytes:
            location = self.storage.presign(Grant(f"/content/{file_id}"))
            return Response(302, b"{}", {"location": location})
        return Response(200, content, {"content-type": "application/octet-stream"})

    def _get_url(self, request: Request, file_id: str) -> Any:
        file = self._get_file(request, file_id)
        content = b"another" if self.wrong_checksum else self.content(file_id)
        knows_checksum = self.tells_checksums and file_id not in self.without_checksum
        return {
            "object": "file.url",
            "url": self.storage.presign(Grant(f"/content/{file_id}")),
            "expires_at": int(time.time()) + 900,
            "bytes": file["bytes"],
            "filename": file["filename"],
            "crc64nvme": checksum_of(content) if knows_checksum else None,
        }

    def _delete_file(self, request: Request, file_id: str) -> Any:
        self._get_file(request, file_id)
        del self.files[file_id]
        return {"id": file_id, "object": "file", "deleted": True}

    def _get_usage(self, request: Request) -> Any:
        stored = sum(file["bytes"] for file in self.files.values())
        pending = [u for u in self.uploads.values() if u["status"] == "pending"]
        limits = {
            "file_bytes": self.file_bytes,
            "batch_bytes": self.file_bytes,
            "batch_requests": self.batch_requests,
            "purposes": dict.fromkeys(self.purposes, self.file_bytes),
        }
        return {
            "object": "usage",
            "owner": "alice",
            "bytes": stored,
            "reserved_bytes": sum(upload["bytes"] for upload in pending),
            "quota_bytes": 2 * 2**30,
            "files": len(self.files),
            **({"limits": limits} if self.says_limits else {}),
        }

    def _create_upload(self, request: Request) -> Any:
        body = json.loads(request.body)
        if body.get("purpose") not in self.purposes:
            raise Refusal(400, f"Invalid purpose: {body.get('purpose')!r}", "purpose", None)
        if not re.fullmatch(r"[!-~]+/[!-~]+(;[ -~]+)?", body["mime_type"]):
            raise Refusal(400, "Invalid 'mime_type'.", "mime_type", None)
        if body["bytes"] > self.file_bytes:
            message = f"File is too large: at most {self.file_bytes} bytes."
            raise Refusal(413, message, "bytes", "content_too_large")
        upload = {
            "id": f"upload_{len(self.uploads):026}",
            "object": "upload",
            "bytes": body["bytes"],
            "created_at": int(time.time()),
            "filename": _basename(body["filename"]),
            "purpose": body["purpose"],
            "status": "pending",
            "expires_at": int(time.time()) + 3600,
            "file": None,
            "part_size": self.part_bytes,
            "part_count": -(-body["bytes"] // self.part_bytes),
            "mime_type": body["mime_type"],
            "seconds": body.get("expires_after", {}).get("seconds"),
        }
        self.uploads[str(upload["id"])] = upload
        return upload

    def _get_upload(self, request: Request, upload_id: str) -> Any:
        if upload_id not in self.uploads:
            raise Refusal(404, f"No such Upload object: {upload_id}", "upload_id", None)
        return self.uploads[upload_id]

    def _pending(self, request: Request, upload_id: str) -> Any:
        upload = self._get_upload(request, upload_id)
        if upload["status"] != "pending":
            raise Refusal(400, f"The upload is {upload['status']}.", None, "upload_not_pending")
        return upload

    def _create_part_urls(self, request: Request, upload_id: str) -> Any:
        upload = self._pending(request, upload_id)
        upload["expires_at"] = upload["created_at"] + 86400
        body = json.loads(request.body)
        return {
            "object": "list",
            "data": [
                self._part_url(upload, number, body["checksums"][str(number)])
                for number in body["part_numbers"]
            ],
        }

    def _part_url(self, upload: dict[str, Any], number: int, checksum: str) -> Any:
        offset = (number - 1) * self.part_bytes
        size = min(self.part_bytes, upload["bytes"] - offset)
        signed = {"x-amz-checksum-crc64nvme": checksum} if self.signs_checksums else {}
        grant = Grant(f"/{upload['id']}", number, size, signed.get("x-amz-checksum-crc64nvme"))
        return {
            "id": f"part_{number:05}",
            "object": "upload.part_url",
            "part_number": number,
            "url": self.storage.presign(grant),
            "method": "PUT",
            "headers": {"content-length": str(size), **signed},
            "bytes": size,
            "expires_at": int(time.time()) + 900,
        }

    def _list_parts(self, request: Request, upload_id: str) -> Any:
        self._pending(request, upload_id)
        if self.storage.joined(f"/{upload_id}") is not None:
            raise Refusal(400, "It is being completed.", "upload_id", "upload_not_pending")
        checksums = self.storage.checksums(f"/{upload_id}")
        data = [
            {
                "id": f"part_{number:05}",
                "part_number": number,
                "checksum": checksum if self.tells_checksums else None,
                "bytes": 0,
            }
            for number, checksum in checksums.items()
        ]
        return {"object": "list", "data": data, "has_more": False}

    def _complete(self, request: Request, upload_id: str) -> Any:
        upload = self._get_upload(request, upload_id)
        if upload["status"] == "completed":
            return upload
        upload = self._pending(request, upload_id)
        ids = json.loads(request.body)["part_ids"]
        have = [f"part_{number:05}" for number in self.storage.checksums(f"/{upload_id}")]
        content = self.storage.joined(f"/{upload_id}")
        if content is None and ids != have:
            raise Refusal(400, "The parts are not all there.", "part_ids", None)
        content = content or self.storage.join(f"/{upload_id}")
        file = self._store(content, upload["filename"], upload["purpose"], upload["seconds"])
        upload.update(status="completed", file=file)
        return upload

    def _cancel(self, request: Request, upload_id: str) -> Any:
        upload = self._pending(request, upload_id)
        upload["status"] = "cancelled"
        self.storage.abort(f"/{upload_id}")
        return upload


def _json(value: Any) -> Response:
    return Response(200, json.dumps(value).encode(), {"content-type": "application/json"})


def _basename(filename: str) -> str:
    return re.split(r"[/\\]", filename)[-1]


def read_form(request: Request) -> dict[str, tuple[str, bytes]]:
    """The form's parts by name: filename and content."""
    boundary = b"--" + request.headers["content-type"].partition("boundary=")[2].encode()
    form: dict[str, tuple[str, bytes]] = {}
    for part in (b"\r\n" + request.body).split(b"\r\n" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = head.decode()
        name = re.search(r'[ ;]name="([^"]*)"', disposition)
        filename = re.search(r'filename="([^"]*)"', disposition)
        assert name is not None
        form[name[1]] = (filename[1] if filename else "", content)
    return form
