"""JSON that nobody means: refused as a bad request, with a key and without, and nothing happens."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

pytestmark = pytest.mark.slow


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def with_member(value: str) -> Mapping[str, str]:
    """A good body of each endpoint, with this value, as JSON, under a name that nobody reads."""
    bodies = {
        "begin": '"filename": "a", "purpose": "batch", "bytes": 3, "mime_type": "text/plain"',
        "link": '"part_numbers": [1]',
        "complete": '"part_ids": ["part_00001"]',
    }
    return {call: f'{{{members}, "more": {value}}}' for call, members in bodies.items()}


HOSTILE: Mapping[str, str] = {
    "nested one deeper than is allowed": nested(16),
    "nested as deep as a fingerprint fails": nested(950),
    "nested as deep as was attacked": nested(988),
    "nested as deep as the reader fails": nested(5000),
    "objects nested": '{"a":' * 988 + "1" + "}" * 988,
    "an integer of 5000 digits": "9" * 5000,
    "an integer of 101 digits": "9" * 101,
    "a negative one": "-" + "9" * 101,
    "infinity in digits": "1e400",
    "infinity in letters": "Infinity",
    "not a number": "NaN",
    "a lone surrogate": r'"\ud800"',
    "a lone surrogate in a name": r'{"\udfff": 1}',
    "a name twice": '{"a": 1, "a": 2}',
    "a name twice, first good": '1, "more": 1',
    "a control character": '"\x01"',
    "a NUL": '"\x00"',
    "cut off": '"',
}

PATHS = {"begin": "/uploads", "link": "/uploads/ID/part_urls", "complete": "/uploads/ID/complete"}


def state(bed: Bed) -> str:
    return json.dumps([bed.items(), sorted(bed.object_keys())], sort_keys=True)


def error_of(answer: Any) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return error


@pytest.mark.parametrize("key", [None, "a-key"], ids=["no key", "a key"])
@pytest.mark.parametrize("call", PATHS)
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_and_nothing_happens(
    bed: Bed, alice_uploads: Uploader, name: str, call: str, key: str | None
) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.send_all(upload, b"abc")
    before = state(bed)
    path = PATHS[call].replace("ID", str(upload["id"]))
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = alice_uploads.http.post(
        path, content=with_member(HOSTILE[name])[call].encode(), headers=headers
    )
    assert answer.status_code == 400
    assert "JSON object" in error_of(answer)["message"]
    assert state(bed) == before


@pytest.mark.parametrize("call", PATHS)
def test_the_same_body_with_a_harmless_member_is_taken(alice_uploads: Uploader, call: str) -> None:
    upload = alice_uploads.begin(3)
    alice_uploads.send_all(upload, b"abc")
    path = PATHS[call].replace("ID", str(upload["id"]))
    harmless = f'[{nested(14)}, {"9" * 100}, -1e300, 0.5, "\\ud83e\\udd6b \\u0000"]'
    body = with_member(harmless)[call]
    answer = alice_uploads.http.post(path, content=body, headers={"Idempotency-Key": "a-key"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("call", PATHS)
def test_a_body_of_more_than_1_mib_is_too_large(alice_uploads: Uploader, call: str) -> None:
    upload = alice_uploads.begin(3)
    path = PATHS[call].replace("ID", str(upload["id"]))
    body = with_member(f'"{"é" * 2**19}"')[call]
    answer = alice_uploads.http.post(path, content=body.encode())
    assert answer.status_code == 413
    assert "at most 1 MiB (1048576 bytes)" in error_of(answer)["message"]


def test_a_long_name_is_not_echoed_whole(alice_uploads: Uploader) -> None:
    answer = alice_uploads.try_to_begin(3, expires_after={"é" * 100_000: 1})
    assert answer.status_code == 400
    assert len(error_of(answer)["message"]) < 500


@pytest.mark.parametrize("text", [HOSTILE[name] for name in HOSTILE], ids=list(HOSTILE))
def test_in_a_form_it_is_refused_by_its_name(bed: Bed, alice_uploads: Uploader, text: str) -> None:
    answer = alice_uploads.http.post(
        "/files",
        data={"purpose": "batch", "expires_after": f'{{"seconds": 3600, "more": {text}}}'},
        files={"file": ("a", b"x")},
        headers={"Idempotency-Key": "a-key"},
    )
    assert answer.status_code == 400
    assert error_of(answer)["param"] == "expires_after"
    assert bed.items() == []
