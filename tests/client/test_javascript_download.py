"""Downloads and plain requests of the JavaScript client, against the fake service."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.javascript import JavaScript

SIZE = 2**20
GET = "GET /content"
CALLS = ["downloadFile", "downloadStream"]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "got"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("size", [0, 10, SIZE])
def test_content_of_any_size(
    size: int, call: str, larder: Larder, javascript: JavaScript, target: Path
) -> None:
    content = os.urandom(size)
    file = larder.service.add_file(content, "naïve 日本語.jsonl")
    seen = javascript.run(larder, call, id=file["id"], path=target)
    assert not seen.error
    assert (target.read_bytes() if target.exists() else b"") == content
    assert seen.progress[-1:] == ([[size, size]] if size else [])
    if call == "downloadFile":
        assert seen.result == "naïve 日本語.jsonl"


@pytest.mark.parametrize("call", CALLS)
def test_content_that_is_cut_goes_on_where_it_was(
    call: str, larder: Larder, javascript: JavaScript, target: Path
) -> None:
    content = os.urandom(SIZE)
    file = larder.service.add_file(content)
    larder.fail_s3(Fault(GET, "cut", after_bytes=SIZE // 2))
    larder.fail_s3(Fault(GET, "status", status=403))
    larder.fail_s3(Fault(GET, "cut", after_bytes=SIZE // 4))
    seen = javascript.run(larder, call, id=file["id"], path=target)
    assert not seen.error
    assert target.read_bytes() == content
    starts = [int(wanted.removeprefix("bytes=").split("-")[0]) for wanted in larder.storage.ranges]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1] < SIZE
    assert seen.progress[-1] == [SIZE, SIZE]


@pytest.mark.parametrize("call", CALLS)
def test_content_that_is_not_what_was_stored_is_damaged(
    call: str, larder: Larder, javascript: JavaScript, target: Path
) -> None:
    larder.service.wrong_checksum = True
    file = larder.service.add_file(os.urandom(SIZE))
    error = javascript.run(larder, call, id=file["id"], path=target).error
    assert error["code"] == "damaged"
    assert file["id"] in error["message"]


def test_an_abort_ends_it(larder: Larder, javascript: JavaScript, target: Path) -> None:
    file = larder.service.add_file(os.urandom(SIZE))
    given = {"abortAt": 1000}
    seen = javascript.run(larder, "downloadFile", id=file["id"], path=target, given=given)
    assert seen.error["name"] == "AbortError"
    assert seen.progress[-1][0] < SIZE
    assert not target.exists()


def test_a_stream_that_is_cancelled_waits_for_nothing(
    larder: Larder, javascript: JavaScript
) -> None:
    file = larder.service.add_file(os.urandom(SIZE))
    larder.fail_s3(Fault(GET, "cut", after_bytes=SIZE // 2))
    larder.fail_s3(Fault(GET, "hold", times=9))
    begun = time.monotonic()
    assert javascript.run(larder, "cancel", id=file["id"], given={"after": SIZE // 2}).result
    assert time.monotonic() - begun < 20  # S3 answers after 60


def test_content_that_is_gone_is_not_asked_for_again(
    larder: Larder, javascript: JavaScript, target: Path
) -> None:
    file = larder.service.add_file(os.urandom(SIZE))
    larder.storage.objects.clear()
    larder.service.tells_checksums = False
    larder.service.content = lambda file_id: b""  # type: ignore[method-assign]
    error = javascript.run(larder, "downloadFile", id=file["id"], path=target).error
    assert (error["code"], error["status"]) == ("content_refused", 404)


def test_a_url_of_a_file(larder: Larder, javascript: JavaScript) -> None:
    file = larder.service.add_file(b"abc", "a.jsonl")
    options = {"expiry": 60}
    found = javascript.run(larder, "downloadUrl", id=file["id"], options=options).result
    assert (found["bytes"], found["filename"]) == (3, "a.jsonl")
    [asked] = larder.service.called("GET /v1/files/.*/url")
    assert asked.query == {"expiry": "60"}


@pytest.mark.parametrize("call", ["downloadUrl", *CALLS])
def test_a_file_that_is_not_there(
    call: str, larder: Larder, javascript: JavaScript, target: Path
) -> None:
    error = javascript.run(larder, call, id="file-nowhere", path=target).error
    assert (error["status"], error["param"]) == (404, "file_id")


def test_an_id_is_no_path(larder: Larder, javascript: JavaScript) -> None:
    assert javascript.run(larder, "downloadUrl", id="../usage?a=").error["status"] == 404
    [asked] = larder.service.requests
    assert asked.path == "/v1/files/..%2Fusage%3Fa%3D/url"


@pytest.mark.parametrize("by", ["plain", "sdk"])
def test_any_request_of_the_api(by: str, larder: Larder, javascript: JavaScript) -> None:
    file = larder.service.add_file(b"abc")

    def ask(*arguments: Any) -> Any:
        given = {"arguments": arguments}
        return javascript.run(larder, "request", by=by, given=given).result

    assert ask("GET", "/files?limit=1")["data"] == [file]
    assert ask("GET", "/usage")["bytes"] == 3
    new = {"filename": "a", "purpose": "batch", "bytes": 9, "mime_type": "text/plain"}
    upload = ask("POST", "/uploads", new)
    assert ask("POST", f"/uploads/{upload['id']}/cancel")["status"] == "cancelled"
    assert ask("DELETE", f"/files/{file['id']}")["deleted"]
    assert larder.service.files == {}


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
@pytest.mark.parametrize("by", ["plain", "sdk"])
def test_a_page_of_html_is_no_answer_of_larder(
    by: str, kind: str, larder: Larder, javascript: JavaScript
) -> None:
    page = {"content-type": kind}
    body = b"<html>" if kind == "text/html" else b'"a text"'
    larder.fail_api(Fault("GET /v1/usage", "status", status=200, body=body, headers=page))
    given = {"arguments": ["GET", "/usage?a=b"]}
    error = javascript.run(larder, "request", by=by, given=given).error
    assert error["code"] == "not_understood"
    assert "GET /usage without JSON" in error["message"]


def test_an_sdk_that_fails_with_nothing_has_not_answered(
    larder: Larder, javascript: JavaScript
) -> None:
    error = javascript.run(larder, "failingSdk").error
    assert (error["name"], error["code"]) == ("LarderError", "no_answer")


def test_headers_of_the_callers_own(larder: Larder, javascript: JavaScript) -> None:
    client = {"headers": {"Larder-Owner": "alice"}, "apiKey": None}
    given = {"arguments": ["GET", "/usage"], "client": client}
    assert javascript.run(larder, "request", given=given).error["code"] == "invalid_api_key"
    [asked] = larder.service.requests
    assert asked.headers["larder-owner"] == "alice"
    assert "authorization" not in asked.headers
