"""What a list asks for: the query of a URL."""

import json
import re
from contextlib import suppress
from urllib.parse import parse_qsl

from lambdas.api.request import Request
from lambdas.core.content import content_url
from lambdas.core.errors import InvalidRequest
from lambdas.core.ids import FILE, UPLOAD
from lambdas.core.pages import page_request
from lambdas.core.purposes import NEVER_STORED, PURPOSES, known_purpose
from lambdas.stores.catalog.table import id_range
from tests.fuzz.fakes import ALICE, FILE_OF_ALICE, NOW, Links, OneFile

TOKENS = (
    b"limit=",
    b"&order=asc",
    b"order=desc",
    b"&after=",
    b"file-01kb0000000000000000000000",
    b"upload_01kb0000000000000000000000",
    b"&purpose=batch",
    b"batch_output",
    b"&expiry=",
    b"10000",
    b"%00",
    b"%D9%A3",
    b"~",
)

_AFTER = re.compile(r"(file-|upload_)[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}")


def run(data: bytes) -> None:
    """Try one query."""
    query = dict(parse_qsl(data.decode("latin-1"), keep_blank_values=True))
    request = Request({"queryStringParameters": query or None}, {}, NOW)
    for use in (_page, _purpose, _expiry):
        with suppress(InvalidRequest):
            use(request)


def _page(request: Request) -> None:
    for prefix in (FILE, UPLOAD):
        after = request.query("after")
        page = page_request(
            prefix, limit=request.query("limit"), order=request.query("order"), after=after
        )
        assert 1 <= page.limit <= 10_000
        assert int(request.query("limit") or 10_000) == page.limit
        assert page.descending == (request.query("order") != "asc")
        assert after is None or _AFTER.fullmatch(after)
        values = id_range(prefix, "alice", page)["ExpressionAttributeValues"]
        assert prefix <= values[":low"]["S"] <= values[":high"]["S"] <= f"{prefix}~"


def _purpose(request: Request) -> None:
    known = known_purpose(request.query("purpose") or "batch")
    assert known in PURPOSES or known in NEVER_STORED


def _expiry(request: Request) -> None:
    expiry = request.query("expiry")
    answer = json.loads(
        content_url(ALICE, FILE_OF_ALICE.id, expiry, files=OneFile(), links=Links(), now=NOW)
    )
    assert answer["expires_at"] == int(NOW) + int(expiry or 900)
