"""A field that comes as a file part is a field: some clients give every part a filename."""

from typing import Any

import pytest

from tests.bed.bed import Bed

CONTENT = ("a.jsonl", b"{}\n")
DAY = 86_400

LIVES: dict[str, dict[str, str]] = {
    "in brackets": {"expires_after[seconds]": "86400", "expires_after[anchor]": "created_at"},
    "in brackets, without an anchor": {"expires_after[seconds]": "86400"},
    "as JSON": {"expires_after": '{"anchor": "created_at", "seconds": 86400}'},
    "in brackets, percent-encoded": {"expires_after%5Bseconds%5D": "86400"},
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


@pytest.mark.parametrize(
    "name",
    ["expires_after[seconds]", "expires_after.seconds", "expiresAfter", "expires_at", "expiry"],
)
def test_an_upload_refuses_a_life_that_it_does_not_understand(bed: Bed, name: str) -> None:
    said = {"filename": "a", "purpose": "batch", "bytes": 3, "mime_type": "text/plain"}
    answer = bed.http_of("alice").post("/uploads", json={**said, name: 86400})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "expires_after"
    assert bed.items() == []
