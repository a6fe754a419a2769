"""JSON bodies: refused, or an object that another parser reads too; and what is made of it."""

from base64 import b64encode
from contextlib import suppress
from typing import Any

import orjson

from lambdas.api.request import Request
from lambdas.core.chosen_parts import chosen_parts
from lambdas.core.errors import LarderError
from lambdas.core.expiry import LONGEST, SHORTEST, lifetime_in, must_name_no_life
from lambdas.core.part_urls import create_part_urls
from lambdas.core.uploads import UploadCreation
from tests.fuzz.fakes import ALICE, LIMITS, NOW, QUOTA, Discarded, Links, NoClaims, OneUpload

TOKENS = (
    b'{"bytes":1,"purpose":"batch","filename":"a","mime_type":"text/plain"}',
    b'"expires_after":{"anchor":"created_at","seconds":3600}',
    b'"part_numbers":[1,2]',
    b'"checksums":{"1":"AAAAAAAAAAA="}',
    b'"part_ids":["part_00001"]',
    b"\\ud800",
    b"\\udc00",
    b"\\u0000",
    b"\xef\xbb\xbf",
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"-0.0",
    b"3600.0",
    b"[[[[[[[[",
    b"]]]]]]]]",
    b'{"":',
    b"true",
    b"null",
)


def run(data: bytes) -> None:
    """Try one body."""
    with suppress(LarderError):
        body = _request(data).json()
        _must_agree(body, data)
        for use in (_expiry, _upload, _part_urls, _parts, must_name_no_life):
            with suppress(LarderError):
                use(body)


def _request(data: bytes) -> Request:
    return Request({"body": b64encode(data).decode(), "isBase64Encoded": True}, {}, NOW)


def _must_agree(ours: dict[str, Any], data: bytes) -> None:
    """Hold it to orjson, which refuses more: it is strict about surrogates and numbers."""
    try:
        theirs = orjson.loads(data.removeprefix(b"\xef\xbb\xbf") or b"{}")
    except orjson.JSONDecodeError:
        return
    assert _comparable(theirs) == _comparable(ours), f"orjson reads {theirs}, and Larder {ours}"


def _comparable(value: Any) -> Any:
    """Write all numbers as floats: orjson has no integers beyond 64 bits."""
    if isinstance(value, dict):
        return {name: _comparable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_comparable(inner) for inner in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else value


def _expiry(body: dict[str, Any]) -> None:
    assert SHORTEST <= lifetime_in(body) <= LONGEST


def _upload(body: dict[str, Any]) -> None:
    creation = UploadCreation(OneUpload(), NoClaims(), Discarded(), QUOTA)
    answer = orjson.loads(creation.create_upload(ALICE, body, now=NOW, idempotency_key="a-key"))
    assert answer["bytes"] == body["bytes"] <= LIMITS.file_bytes
    assert body["filename"].endswith(answer["filename"])


def _part_urls(body: dict[str, Any]) -> None:
    store = OneUpload()
    page = create_part_urls(ALICE, store.upload.id, body, uploads=store, links=Links(), now=NOW)
    assert len(page.entries) == len(body["part_numbers"])


def _parts(body: dict[str, Any]) -> None:
    assert chosen_parts(body.get("part_ids")) == body["part_ids"]
