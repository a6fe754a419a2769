"""A field that comes as a file part is a field: some clients give every part a filename."""

from typing import Any

import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

CONTENT = ("a.jsonl", b"{}\n")
DAY = 86_400

LIVES: dict[str, dict[str, str]] = {
    "in brackets": {"expires_after[seconds]": "86400", "expires_after[anchor]": "created_at"},
    "in brackets, without an anchor": {"expires_after[seconds]": "86400"},
    "as JSON": {"expires_after": '{"anchor": "created_at", "seconds": 86400}'},
    "in brackets, percent-encoded": {
        "expires_after%5Bseconds%5D": "86400",
        "expires_after%5Banchor%5D": "created_at",
    },
    "in brackets, percent-encoded in lower case": {"expires_after%5bseconds%5d": "86400"},
    "in some of each": {"expires_after.anchor": "created_at", "expires_after[seconds]": "86400"},
    "in other case": {"Expires_After[seconds]": "86400"},
    "with a dot": {"expires_after.seconds": "86400"},
}
SENT: dict[str, Any] = {
    "as a field": lambda value: (None, value),
    "as a field with a type": lambda value: (None, value, "text/plain; charset=utf-8"),
    "as a file": lambda value: ("blob", value),
    "as a file with a type": lambda value: ("blob", value, "application/octet-stream"),
    "as a file without a name": lambda value: ("", value),
}


def post(bed: Bed, how: str, fields: dict[str, str]) -> Any:
    parts = [(name, SENT[how](value)) for name, value in fields.items()]
    return bed.http_of("alice").post("/files", files=[*parts, ("file", CONTENT)])


@pytest.mark.parametrize("how", SENT)
@pytest.mark.parametrize("spelling", LIVES)
def test_a_life_is_understood(bed: Bed, spelling: str, how: str) -> None:
    answer = post(bed, how, {"purpose": "batch", **LIVES[spelling]})
    assert answer.status_code == 200, answer.text
    file = answer.json()
    assert file["expires_at"] - file["created_at"] == DAY


@pytest.mark.parametrize("how", SENT)
@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"expires_after[seconds]": "1"}, "expires_after[seconds]"),
        ({"expires_after[anchor]": "now"}, "expires_after[anchor]"),
        ({"expires_after[days]": "1"}, "expires_after"),
        ({"expires_after": "86400"}, "expires_after"),
        (
            {"expires_after": '{"seconds": 86400}', "expires_after[seconds]": "86400"},
            "expires_after",
        ),
        ({"expires_after[seconds]": "86400", "expires_after.seconds": "86400"}, "expires_after"),
        ({"expires_after[seconds]": "9" * 8193}, "expires_after[seconds]"),
        ({"expires_after[seconds": "86400"}, "expires_after"),
        ({"expires_after_seconds": "86400"}, "expires_after"),
        ({"expiresAfter": "86400"}, "expires_after"),
        ({"expires_at": "1999999999"}, "expires_after"),
        ({"Expires": "86400"}, "expires_after"),
        ({"expiry": "86400"}, "expires_after"),
        ({"expiration_seconds": "86400"}, "expires_after"),
        ({"'expires_after[seconds]'": "86400"}, "expires_after"),
        ({"expires_after[SECONDS]": "86400"}, "expires_after"),
        ({"expires_after[]": "86400"}, "expires_after"),
        ({"expires_after[0][seconds]": "86400"}, "expires_after"),
        ({"expires_after.seconds.value": "86400"}, "expires_after"),
        ({"expires%5Fafter%5Bseconds%5D": "86400"}, "expires_after"),
        ({"EXPIRES_AFTER": '{"seconds": 86400}'}, "expires_after"),
        ({"output_expires_after[seconds]": "86400"}, "expires_after"),
        ({"file[expires_after][seconds]": "86400"}, "expires_after"),
        ({"fileExpiresAt": "1999999999"}, "expires_after"),
        ({"ttl": "86400"}, "expires_after"),
        ({"ttlSeconds": "86400"}, "expires_after"),
        ({"file_ttl": "86400"}, "expires_after"),
        ({"time_to_live": "86400"}, "expires_after"),
        ({"lifetime": "86400"}, "expires_after"),
        ({"max-age": "86400"}, "expires_after"),
        ({"retention_days": "1"}, "expires_after"),
        ({"purpose": "assistants"}, "purpose"),
        ({"purpose": ""}, "purpose"),
    ],
    ids=lambda value: ",".join(value)[:60] if isinstance(value, dict) else None,
)
def test_a_bad_one_is_refused_by_its_name(
    bed: Bed, fields: dict[str, str], param: str, how: str
) -> None:
    answer = post(bed, how, {"purpose": "batch", **fields})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert bed.items() == []


def test_bytes_that_are_no_text_are_refused(bed: Bed) -> None:
    parts = {"purpose": ("blob", b"\xff"), "file": CONTENT}
    answer = bed.http_of("alice").post("/files", files=parts)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "purpose"


@pytest.mark.parametrize("first", SENT)
@pytest.mark.parametrize("second", SENT)
def test_a_field_sent_twice_is_refused_however_it_comes(bed: Bed, first: str, second: str) -> None:
    parts = [("purpose", SENT[first]("batch")), ("purpose", SENT[second]("batch"))]
    answer = bed.http_of("alice").post("/files", files=[*parts, ("file", CONTENT)])
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "purpose"


NOT_UNDERSTOOD = [
    "expires_after[seconds]",
    "expires_after.seconds",
    "expires_after%5Bseconds%5D",
    "Expires_After",
    "expiresAfter",
    "expires_at",
    "expiry",
    "expiration",
    "output_expires_after",
    "ttl",
    "lifetime",
    "timeToLive",
    "maxAge",
]


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_an_upload_refuses_a_life_that_it_does_not_understand(bed: Bed, name: str) -> None:
    fields = {"filename": "a", "purpose": "batch", "bytes": 3, "mime_type": "text/plain"}
    answer = bed.http_of("alice").post("/uploads", json={**fields, name: 86400})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "expires_after"
    assert f"'{name}'" in error["message"]
    assert bed.items() == []


@pytest.mark.parametrize("name", ["expires_after", *NOT_UNDERSTOOD])
def test_a_life_that_comes_only_with_complete_is_refused(
    alice_uploads: Uploader, name: str
) -> None:
    upload = alice_uploads.begin(3)
    part_ids = [alice_uploads.stage(upload, b"abc")]
    fields = {"part_ids": part_ids, name: {"seconds": 86400}}
    answer = alice_uploads.http.post(f"/uploads/{upload['id']}/complete", json=fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "expires_after")
    assert alice_uploads.complete(upload, part_ids)["bytes"] == 3


@pytest.mark.parametrize("name", ["title", "battle", "settled", "metadata[ttx]", "throttle"])
def test_a_field_that_only_looks_like_a_life_is_ignored(bed: Bed, name: str) -> None:
    assert post(bed, "as a field", {"purpose": "batch", name: "1"}).status_code == 200
