"""What comes of some requests: what each was told, and all that the deployment then holds."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import FakeKey, s3_backends

from tests.bed.environment import CATALOG_TABLE, CONTENT_BUCKET, REGION

# Random in every run, or by the real clock.
PASSED_OVER = ("attempt", "settled_at")
# What a session was like before its end, which nobody asks for any more.
OF_THE_PAST = {
    "completed": ("staged_bytes", "staged_parts", "has_copies"),
    "cancelled": ("bytes", "part_ids_digest", "expires_at", "has_copies"),
}
MARKER = "released#"
COUNTS = ("used_bytes", "reserved_bytes", "files", "uploads")

Left = dict[str, Any]
"""All that is held, by names: items, objects, and parts on their way."""


@dataclass(frozen=True)
class Answer:
    """What somebody was told; `declines` if it says that nothing was done, or to try again.

    `seen` is what they saw in passing, which may be no more by the end.
    """

    text: str
    declines: bool = False
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """The answers by who asked, and what is left."""

    answers: Mapping[str, Answer]
    left: Left

    def differences(self, other: "Outcome") -> list[str]:
        """Say what is otherwise in another outcome, in words, but for who is in one of them."""
        answers = [
            f"{who} was told {self.answers[who].text}, not {other.answers[who].text}"
            for who in self.answers.keys() & other.answers.keys()
            if self.answers[who].text != other.answers[who].text
        ]
        return answers + _differences(self.left, other.left)


def _differences(here: Left, there: Left) -> list[str]:
    return [
        f"{name} is {here.get(name, 'not there')}, not {there.get(name, 'there')}"
        for name in sorted({*here, *there})
        if here.get(name) != there.get(name)
    ]


def left_now() -> Left:
    """Return all that is held now."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE]
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[CONTENT_BUCKET]
    begun = {one.id: f"the one of {one.key_name}" for one in bucket.multiparts.values()}
    items = [item.to_json()["Attributes"] for item in table.all_items()]
    return {
        **{_name(item): _shown(item, begun) for item in items if not _is_given_up(item)},
        **{f"object {name}": _digest(key) for name, key in bucket.keys.items()},
        **{
            f"parts of {one.key_name}": {number: _digest(key) for number, key in one.parts.items()}
            for one in bucket.multiparts.values()
        },
    }


def _name(item: Mapping[str, Any]) -> str:
    return f"{item['owner']['S']} {item['id']['S']}"


def forget_what_was_given_up() -> None:
    """Remove what forms have left that became no file, so that its ids may be made again."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[CATALOG_TABLE]
    for held in table.items.values():
        for name, item in [*held.items()]:
            if _is_given_up(item.to_json()["Attributes"]):
                del held[name]


def _is_given_up(item: Mapping[str, Any]) -> bool:
    """Tell what is left of a form that became no file: the session that the front door made."""
    session = item.get("session", {}).get("S", "{}")
    return "by_form" in json.loads(session) and item["status"]["S"] == "cancelled"


def _shown(item: Mapping[str, Any], begun: Mapping[str, str]) -> dict[str, Any]:
    """Show an item, but for what is random; of a multipart id whether it is there."""
    if str(item["id"]["S"]).startswith(MARKER):
        return {}
    past = OF_THE_PAST.get(item.get("status", {}).get("S", ""), ())
    shown = {
        name: next(iter(value.values()))
        for name, value in item.items()
        if name not in ("owner", "id", *PASSED_OVER, *past)
        and (name not in COUNTS or value != {"N": "0"})  # what is not there is none
    }
    if "multipart_id" in shown:
        shown["multipart_id"] = begun.get(shown["multipart_id"], "gone")
    return shown


def _digest(key: FakeKey) -> str:
    return f"{key.size} bytes, {sha256(key.value).hexdigest()[:8]}"


def told_by(status: int, body: bytes) -> Answer:
    """Read an answer of the API, without what is never the same twice."""
    try:
        said = json.loads(body or b"null")
    except ValueError:  # content
        said = body.decode()
    error = said.get("error") if isinstance(said, dict) else None
    if error is None:
        if isinstance(said, dict) and said.get("status") == "cancelled":
            del said["expires_at"]
        for part in _numbered_parts(said):
            del part["created_at"]  # by S3's clock
        return Answer(f"{status} {json.dumps(said, sort_keys=True)}")
    # How much is used at that moment is in the words, and no promise.
    words = re.sub(r"\d+ (of|more)", r"some \1", error["message"])
    declines = error["code"] in DECLINES or "is being completed" in words
    return Answer(f"{status} {error['code']}: {words}", declines)


def _numbered_parts(said: Any) -> list[dict[str, Any]]:
    parts = said.get("data", []) if isinstance(said, dict) else []
    return [part for part in parts if part["object"] == "upload.part" and part["part_number"]]


DECLINES = ("busy", "idempotency_key_in_use", "parts_changed")
"""Codes that say that nothing was done, or that it may be tried again."""
