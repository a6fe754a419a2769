"""What should be: files, sessions and usage, in plain Python, without AWS or HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

By = tuple[str, bool]
"""Who asks: an owner, or the batch system acting for one."""


@dataclass
class ModelFile:
    """A file; it is served until its end, however long its item stays."""

    owner: str
    id: str
    content: bytes
    purpose: str
    expires_at: int
    deleted: bool = False

    def alive(self, now: float) -> bool:
        """Whether anyone may see it."""
        return not self.deleted and self.expires_at > now


@dataclass
class ModelUpload:
    """A session, and what has been sent to it, by the API or straight to S3.

    `reserved` are the bytes that it holds of the quota, `staged_bytes` those that came through the
    API, in parts that were refused later too; `lasts_until` is its end once it has parts, or URLs
    for them; `joined` are the parts that S3 has joined
    without the session being completed, and their content: it is held to them then. One that is
    `by_form` was left by a front door that died, and takes nothing.
    """

    owner: str
    id: str
    size: int
    seconds: int
    purpose: str
    part_size: int
    expires_at: int
    lasts_until: int
    reserved: int
    staged_bytes: int = 0
    staged: dict[str, bytes] = field(default_factory=dict)
    numbered: dict[str, bytes] = field(default_factory=dict)
    joined: tuple[list[str], bytes] | None = None
    has_copies: bool = False
    cancelled: bool = False
    removed: bool = False
    completed_with: list[str] | None = None
    file: ModelFile | None = None
    by_form: bool = False

    def status(self, now: float) -> str:
        """OpenAI's status."""
        if self.file is not None:
            return "completed"
        if self.cancelled:
            return "cancelled"
        return "pending" if self.expires_at > now else "expired"

    def pending(self, now: float) -> bool:
        """Whether it still holds its bytes."""
        return self.status(now) == "pending"

    def takes_parts(self, now: float) -> bool:
        """Whether it still takes parts, and can be completed with them."""
        return self.pending(now) and not self.by_form

    def statuses(self, by: By, now: float, when_found: int, *, writes: bool = True) -> set[int]:
        """Which HTTP statuses a call may have that answers so when the session is found.

        One that has expired may be gone at any time: a full quota takes its bytes back.
        """
        owner, service = by
        gone = self.removed or (self.file is not None and not self.file.alive(now))
        if gone or owner != self.owner:
            return {404}
        if writes and service != (self.purpose == "batch-output"):
            when_found = 403
        return {when_found, 404} if self.status(now) == "expired" else {when_found}

    def pieces(self, content: bytes) -> dict[str, bytes]:
        """Cut content into the session's presigned parts."""
        starts = range(0, len(content), self.part_size)
        return {
            f"part_{number:05d}": content[start : start + self.part_size]
            for number, start in enumerate(starts, 1)
        }

    def choice(self, kind: str) -> list[str]:
        """Name parts to complete it with, of which some kinds are wrong."""
        numbered, staged = list(self.pieces(bytes(self.size))), list(self.staged)
        right = (
            list(part_ids)
            for count in range(1, 4)
            for part_ids in permutations(staged[-4:], count)
            if sum(len(self.staged[part_id]) for part_id in part_ids) == self.size
        )
        return {
            "presigned": numbered,
            "presigned, backwards": numbered[::-1],
            "staged": next(right, staged or numbered),
            "staged, backwards": next(right, staged or numbered)[::-1],
            "staged, all": staged or numbered,
            "both": numbered + staged,
            "one twice": (staged or numbered)[:1] * 2,
            "none": [],
            "as before": self.completed_with or (self.joined or (numbered,))[0],
        }[kind]

    def content_of(self, part_ids: Sequence[str]) -> bytes | None:
        """Return the content that parts make, None when they may not be joined."""
        if self.joined is not None:
            return self.joined[1] if list(self.joined[0]) == list(part_ids) else None
        if len(set(part_ids)) == len(part_ids) and set(part_ids) <= set(self.staged):
            content = b"".join(self.staged[part_id] for part_id in part_ids)
            return content if len(content) == self.size else None
        whole = list(self.pieces(bytes(self.size)))
        if list(part_ids) == list(self.numbered) == whole and not self.has_copies:
            return b"".join(self.numbered.values())
        return None

    def more_for(self, size: int) -> int:
        """How many bytes it must reserve for another part that comes through the API."""
        room = self.reserved - self.size
        if self.staged_bytes + size <= room:
            return 0
        return size if room else max(size, self.size)

    def stage(self, part_id: str, content: bytes) -> None:
        """Take a part that came through the API, with what it must reserve."""
        self.expires_at = self.lasts_until
        self.reserved += self.more_for(len(content))
        self.staged_bytes += len(content)
        self.staged[part_id] = content

    def send(self, part_id: str, content: bytes) -> None:
        """Have S3 take a presigned part, in the place of an earlier one."""
        self.numbered = dict(sorted({**self.numbered, part_id: content}.items()))

    def fail_to_match(self, part_ids: Sequence[str], content: bytes) -> None:
        """Complete with another MD5: what S3 has done by then stays done.

        Staged parts are only copied, in the places of presigned ones, which are no choice from then
        on.
        """
        if self.joined is None and part_ids[0] in self.staged:
            self.numbered = self.pieces(content)
            self.has_copies = True
        else:
            self.joined = (list(part_ids), content)
            self.numbered = {}


@dataclass
class ExpectedState:
    """Every owner's files and sessions.

    `unreaped` is what TTL has removed and the stream has not told yet, by its id: its bytes still
    count.
    """

    files: dict[str, ModelFile] = field(default_factory=dict)
    uploads: dict[str, ModelUpload] = field(default_factory=dict)
    unreaped: dict[str, ModelFile | ModelUpload] = field(default_factory=dict)

    def files_of(self, owner: str, now: float, purpose: str | None = None) -> list[ModelFile]:
        """Return what an owner's list shows, oldest first."""
        return sorted(
            (
                file
                for file in self.files.values()
                if file.owner == owner and file.alive(now) and purpose in (None, file.purpose)
            ),
            key=lambda file: file.id,
        )

    def usage(self, owner: str, now: float) -> dict[str, int]:
        """Return what `GET /usage` tells."""
        removed = [one for one in self.unreaped.values() if one.owner == owner]
        files = [
            *self.files_of(owner, now),
            *(one for one in removed if isinstance(one, ModelFile)),
        ]
        reserved = [
            *(one for one in self.uploads.values() if one.owner == owner and one.pending(now)),
            *(one for one in removed if isinstance(one, ModelUpload)),
        ]
        return {
            "bytes": sum(len(file.content) for file in files),
            "reserved_bytes": sum(upload.reserved for upload in reserved),
            "files": len(files),
        }

    def used(self, owner: str, now: float) -> int:
        """Return the bytes that count against an owner's quota."""
        usage = self.usage(owner, now)
        return usage["bytes"] + usage["reserved_bytes"]

    def remove(self, identifier: str) -> None:
        """Do what TTL does to an item: it is gone, and its bytes wait for the stream."""
        if identifier in self.files:
            self.unreaped[identifier] = self.files[identifier]
        elif identifier in self.uploads:
            upload = self.uploads[identifier]
            upload.removed = True
            if upload.file is None and not upload.cancelled:
                self.unreaped[identifier] = upload
