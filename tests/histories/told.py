"""Operations as tests write them down: a minute, its seconds, and who was told what."""

from collections.abc import Sequence
from typing import Any

from tests.histories.check import Verdict, checked
from tests.histories.operation import NEVER, History, Operation

NOON = 1_700_000_000
"""The API's clock at the second 0."""
HOUR = 3600
DAY = 86_400

FILE, UPLOAD = "file-a", "upload_a"
NAME = "a.jsonl"


def at(
    start: float,
    end: float,
    kind: str,
    of: str = "",
    *,
    status: int = 200,
    asked: dict[str, Any] | None = None,
    told: dict[str, Any] | None = None,
) -> Operation:
    """Make an operation of these seconds; one that has no answer ends NEVER."""
    latest = NOON + (start if end == NEVER else end)
    times = (start, end, NOON + start, latest)
    return Operation("alice", kind, of, *times, status, asked or {}, told or {})


def file_of(size: int = 10, file_id: str = FILE, end: int = HOUR) -> dict[str, Any]:
    return {"id": file_id, "bytes": size, "expires_at": NOON + end, "filename": f"{file_id}.jsonl"}


def create(start: float, end: float, size: int = 10, file_id: str = FILE) -> Operation:
    told = {} if end == NEVER else file_of(size, file_id)
    asked = {"filename": f"{file_id}.jsonl", "bytes": size, "digest": "0a", "length": size}
    asked["door"] = False
    return at(start, end, "create", status=0 if end == NEVER else 200, asked=asked, told=told)


def delete(start: float, end: float, file_id: str = FILE, status: int = 200) -> Operation:
    return at(start, end, "delete", file_id, status=0 if end == NEVER else status)


def look(start: float, end: float, file_id: str = FILE, status: int = 200) -> Operation:
    told = file_of(file_id=file_id) if status == 200 else {}
    return at(start, end, "look", file_id, status=status, told=told)


def listed(start: float, end: float, *file_ids: str) -> Operation:
    files = [file_of(file_id=file_id) for file_id in file_ids]
    return at(start, end, "list", told={"data": files, "has_more": False})


def usage(start: float, end: float, stored: int, files: int, **more: int) -> Operation:
    told = {"bytes": stored, "files": files, "reserved_bytes": 0, "uploads": 0, "quota_bytes": 100}
    return at(start, end, "usage", told={**told, **more})


def upload_of(status: str, *, lasts: int = HOUR, file: dict[str, Any] | None = None) -> Any:
    facts = {"id": UPLOAD, "status": status, "bytes": 10, "created_at": NOON, "filename": NAME}
    facts |= {"expires_at": NOON + lasts, "mime_type": "application/jsonl"}
    return facts | ({"file": file} if file else {})


def begin(start: float, end: float) -> Operation:
    return at(start, end, "begin", asked={"bytes": 10, "filename": NAME}, told=upload_of("pending"))


def stage(start: float, end: float, part: str, size: int) -> Operation:
    return at(
        start, end, "stage", UPLOAD, asked={"bytes": size}, told={"id": long(part), "bytes": size}
    )


def complete(
    start: float, end: float, parts: Sequence[str], *, is_md5_right: bool = True
) -> Operation:
    asked = {"part_ids": [*map(long, parts)], "digest": "0a", "is_md5_right": is_md5_right}
    told = upload_of("completed", lasts=DAY, file=file_of(10))
    return at(start, end, "complete", UPLOAD, asked=asked, told=told)


def refused(operation: Operation, code: str, message: str) -> Operation:
    """Answer with an error instead."""
    told = {"code": code, "message": message, "param": "upload_id"}
    return at(
        operation.start,
        operation.end,
        operation.kind,
        operation.of,
        status=403 if "quota" in code else 400,
        asked=dict(operation.asked),
        told=told,
    )


def long(part: str) -> str:
    """Name a part that came through the API as those are named, unlike S3's own."""
    return f"part_{part:0>26}"


def verdict_on(*operations: Operation, most: int | None = None) -> Verdict:
    history = History(operations, tolerance=0, piece=0)
    return checked(history) if most is None else checked(history, most)
