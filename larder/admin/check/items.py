"""An item of the catalog as a check reads it, whatever an operator's hand has made of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from larder.admin.check.names import (
    CLAIM,
    FILE,
    UPLOAD,
    USAGE,
    Key,
    created_at,
    days_of,
    is_item_id,
    is_owner,
    key_of,
    owner_of_marker,
)

SESSION_NUMBERS = ("bytes", "seconds", "part_size", "expires_at")
SESSION_TEXTS = ("filename", "purpose", "mime_type")
STATUSES = ("pending", "completed", "cancelled")
COUNTERS = ("used_bytes", "reserved_bytes", "files", "uploads")

_SURROGATE = re.compile("[\ud800-\udfff]")  # alone; it has no UTF-8
_CHECKSUM = re.compile("[A-Za-z0-9+/]{11}=")
_PURPOSE = re.compile("[a-z_-]+")

Numbers = tuple[int, int, int, int]
"""Used bytes, reserved bytes, files, pending uploads."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a check needs of an item; what is absent or cannot be read is empty or 0.

    `flaws` names what is missing or cannot be read, `counters` are a usage's numbers as DynamoDB
    has them, and `answer` is the File that the item shows. A session that is `by_form` may have
    its bytes copied to an object of another life; `began_as` is then the key of the first.
    """

    owner: str
    id: str
    bytes: int
    expires_at: int
    status: str
    object_key: str
    multipart_id: str
    file_id: str
    purpose_id: str
    crc64nvme: str
    answer: Mapping[str, Any]
    seconds: int
    by_form: bool
    began_as: str
    totals: Numbers
    """Of the usage item."""
    counters: Mapping[str, Any]
    flaws: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether its owner can be one, and its id."""
        return is_owner(self.owner) and is_item_id(self.id)

    @property
    def marks_owner(self) -> str:
        """Whose bytes this marker says were given back; empty for any other item."""
        return owner_of_marker(self.owner, self.id)

    @property
    def is_file(self) -> bool:
        """Whether this is a file."""
        return self.id.startswith(FILE)

    @property
    def is_upload(self) -> bool:
        """Whether this is an upload session."""
        return self.id.startswith(UPLOAD)

    @property
    def is_pending(self) -> bool:
        """Whether this is an upload session that holds a reservation."""
        return self.is_upload and self.status == "pending"

    @property
    def is_completed(self) -> bool:
        """Whether this is an upload session that became a file."""
        return self.is_upload and self.status == "completed"

    @property
    def has_readable_usage(self) -> bool:
        """Whether this usage's numbers can be read."""
        return not {*COUNTERS, "settled_at"} & set(self.flaws)

    @property
    def is_countable(self) -> bool:
        """Whether it is known how many bytes of its owner's usage this holds."""
        return not {"bytes", "status"} & set(self.flaws)

    @property
    def days(self) -> int:
        """How many days its object lives; 0 when that cannot be told."""
        if self.is_file and self.expires_at:
            return days_of(self.expires_at - created_at(self.id))
        return days_of(self.seconds)

    @property
    def key(self) -> Key | None:
        """The object key, None when it is none of a file's."""
        key = key_of(self.object_key)
        return None if key is None or key.is_staged else key

    @property
    def own_key(self) -> Key:
        """The key that its object would have, had it come alone."""
        return Key(self.owner, self.id, self.days)


class _Reader:
    """Reads attributes, and remembers those that it could not read."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        self._item = item
        self.flaws: list[str] = []

    def must(self, name: str, *, hold: bool) -> None:
        """Count an attribute as a flaw unless this holds."""
        if not hold and name not in self.flaws:
            self.flaws.append(name)

    def text(self, name: str, *, needed: bool = False) -> str:
        """Read a string, empty when it is missing."""
        value = self._item.get(name, {"S": ""}).get("S")
        self.must(name, hold=value is not None and (bool(value) or not needed))
        return value or ""

    def number(self, name: str, *, needed: bool = False, least: int = 0) -> int:
        """Read a whole number, 0 when it is missing."""
        value = str(self._item.get(name, {"N": "" if needed else "0"}).get("N", ""))
        is_whole = re.fullmatch(r"-?[0-9]{1,38}", value) is not None and int(value) >= least
        self.must(name, hold=is_whole)
        return int(value) if is_whole else 0

    def file_id(self, *, needed: bool) -> str:
        """Read a file's id, empty when it is missing."""
        value = self.text("file_id", needed=needed)
        is_one = value.startswith(FILE) and is_item_id(value)
        self.must("file_id", hold=is_one or not value)
        return value if is_one else ""

    def session(self) -> dict[str, Any]:
        """Read what a session says of itself, empty when that is none."""
        stored = self.json("session")
        began_as = stored.get("began_as")
        key = None if began_as is None else key_of(str(began_as))
        is_own = key is not None and (key.owner, key.id) == (self.text("owner"), self.text("id"))
        is_other = is_own and began_as != self._item.get("object_key", {}).get("S")
        is_sound = _is_session(stored) and (began_as is None or is_other)
        self.must("session", hold=is_sound)
        return stored if is_sound else {}

    def json(self, name: str) -> dict[str, Any]:
        """Read a JSON object, empty when there is none."""
        try:
            value = json.loads(self.text(name))
        except (ValueError, RecursionError):
            value = None
        self.must(name, hold=isinstance(value, dict))
        return value if isinstance(value, dict) else {}


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Read an item; nothing that it holds raises anything."""
    read = _Reader(item)
    identifier = read.text("id")
    is_file, is_upload = identifier.startswith(FILE), identifier.startswith(UPLOAD)
    status = read.text("status", needed=is_upload)
    has_file = is_upload and status == "completed"
    answer = _shown(read.json("file"), read.text("file")) if is_file or has_file else {}
    session = read.session() if is_upload else {}
    read.must("status", hold=not is_upload or status in STATUSES)
    shows_none = not is_file and not has_file
    read.must("file", hold=bool(answer) or (shows_none and not (is_upload and read.text("file"))))
    crc64nvme = read.text("crc64nvme")
    read.must("crc64nvme", hold=not crc64nvme or _CHECKSUM.fullmatch(crc64nvme) is not None)
    _read_others(read, identifier)
    used, reserved, files, uploads = (read.number(name, least=-(10**38)) for name in COUNTERS)
    return Entry(
        owner=read.text("owner"),
        id=identifier,
        bytes=read.number("bytes", needed=is_file or is_upload),
        expires_at=read.number("expires_at", needed=identifier != USAGE),
        status=status,
        object_key=str(item.get("object_key", {}).get("S", "")),
        multipart_id=read.text("multipart_id", needed=is_upload),
        file_id=read.file_id(needed=has_file),
        purpose_id=str(item.get("purpose_id", {}).get("S", "")),
        crc64nvme=crc64nvme,
        answer=answer,
        seconds=session.get("seconds", 0),
        by_form="by_form" in session,
        began_as=session.get("began_as", ""),
        totals=(used, reserved, files, uploads),
        counters={name: item.get(name) for name in COUNTERS},
        flaws=tuple(read.flaws),  # all is read by now
    )


def _read_others(read: _Reader, identifier: str) -> None:
    """Read what a check needs of no item but to know that it can be read."""
    if identifier == USAGE:
        read.number("quota_bytes")
        read.number("settled_at")
    if identifier.startswith(UPLOAD):
        read.number("staged_bytes")
        read.number("staged_parts")
    if identifier.startswith(CLAIM):
        read.text("fingerprint", needed=True)
        read.text("attempt", needed=True)
        if read.text("answer"):
            read.json("answer")


def _is_session(value: Mapping[str, Any]) -> bool:
    numbers = all(type(value.get(name)) is int and value[name] > 0 for name in SESSION_NUMBERS)
    texts = all(isinstance(value.get(name), str) and value[name] for name in SESSION_TEXTS)
    rare = {"by_form", "began_as"}.intersection(value)
    known = len(SESSION_NUMBERS) + len(SESSION_TEXTS) + len(rare)
    return numbers and texts and value.get("by_form", True) is True and len(value) == known


def _shown(value: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """Return a File if it is written just as the functions write one, who show no other."""
    names = ("id", "object", "bytes", "created_at", "expires_at", "filename", "purpose", "status")
    written = {name: value.get(name) for name in names} | {"object": "file", "status": "processed"}
    numbers = [written[name] for name in ("bytes", "created_at", "expires_at")]
    texts = [written[name] for name in ("id", "filename", "purpose")]
    is_file = (
        all(type(number) is int and 0 <= number < 10**19 for number in numbers)
        and all(isinstance(text, str) and not _SURROGATE.search(text) for text in texts)
        and _PURPOSE.fullmatch(str(written["purpose"])) is not None
    )
    return value if is_file and json.dumps(written, separators=(",", ":")) == text else {}
