"""`idempotencyKey` of the JavaScript client: all runs of one file are one file."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault, wait_for
from tests.client.javascript import JavaScript, Seen

MakeFile = Callable[..., Path]
Upload = Callable[..., Seen]
KIB = 1024
PART = 64 * KIB
SMALL = 10
SIZE = 300 * KIB  # five parts, of which the last is shorter
KEY = "night 1"


@pytest.fixture
def upload(javascript: JavaScript, larder: Larder) -> Upload:
    """`uploadFile` with the purpose `batch`, one part at a time, and one key."""

    def run(path: Path, **what: Any) -> Seen:
        options = {"purpose": "batch", "threads": 1, "idempotencyKey": KEY}
        options |= what.pop("options", {})
        return javascript.run(larder, "upload", path=path, options=options, **what)

    return run


@pytest.mark.parametrize("by", ["plain", "sdk"])
@pytest.mark.parametrize("size", [SMALL, SIZE])
def test_the_same_call_again_gives_the_same_file(
    size: int, by: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(size)
    assert upload(path, by=by).result == upload(path, by=by).result
    assert len(larder.service.files) == 1


def test_another_key_makes_another_file(larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    path = a_file(SMALL)
    assert upload(path).result != upload(path, options={"idempotencyKey": "night 2"}).result
    assert len(larder.service.files) == 2


def test_a_small_file_that_is_paused_as_it_is_answered_is_stored_once(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SMALL)
    assert upload(path, given={"abortAfter": "/files"}).error["name"] == "AbortError"
    [stored] = larder.service.files
    assert upload(path).result["id"] == stored
    assert [*larder.service.files] == [stored]


def test_a_small_file_whose_answers_are_all_lost_is_stored_once(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SMALL)
    larder.fail_api(Fault("POST /v1/files", "lost", times=6))
    assert upload(path).error["code"] == "no_answer"
    assert upload(path).result["bytes"] == SMALL
    assert len(larder.service.files) == 1


def test_a_large_file_goes_on_without_a_store(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    paused = upload(path, given={"abortAt": 3 * PART, "input": "bytes"})
    assert paused.error["name"] == "AbortError"
    again = upload(path, given={"input": "bytes"})
    assert larder.service.content(again.result["id"]) == path.read_bytes()
    assert again.uploads == paused.uploads == [*larder.service.uploads]
    assert sorted(larder.storage.received) == [1, 2, 3, 4, 5]


def test_an_abort_while_it_is_being_opened_tells_of_the_upload_and_leaves_it(
    larder: Larder, javascript: JavaScript, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    assert upload(path, given={"abortDuring": "/uploads"}).error["name"] == "AbortError"
    wait_for(lambda: len(larder.service.uploads) == 1)
    assert upload(path).uploads == [*larder.service.uploads]


def test_an_upload_that_has_ended_is_followed_by_one_of_the_same_key(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path, given={"abortAt": PART})
    [first] = larder.service.uploads.values()
    first["status"] = "cancelled"
    paused = upload(path, given={"abortAt": PART})
    assert upload(path).uploads == paused.uploads != [first["id"]]
    assert len(larder.service.uploads) == 2


def test_a_service_that_forgets_all_uploads_is_not_asked_without_end(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    larder.fail_api(Fault("GET /v1/uploads/", "status", status=404, times=99))
    error = upload(a_file(SIZE)).error
    assert (error["code"], error["param"]) == ("not_understood", "idempotencyKey")
    assert len(larder.service.uploads) == 10


def test_a_file_of_other_content_is_not_the_answer(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    upload(path)
    path.write_bytes(os.urandom(SIZE))
    assert larder.service.content(upload(path).result["id"]) == path.read_bytes()


def test_two_calls_at_once_are_one_after_the_other(
    larder: Larder, javascript: JavaScript, a_file: MakeFile
) -> None:
    given = {"paths": [a_file(SIZE)] * 2, "input": "bytes", "secondAt": 2 * PART}
    options = {"purpose": "batch", "threads": 1, "idempotencyKey": KEY}
    first, second = javascript.run(larder, "uploadTwo", options=options, given=given).result
    assert first == second
    assert sorted(larder.storage.received) == [1, 2, 3, 4, 5]


def test_with_a_store_the_stores_upload_goes_on(
    larder: Larder, upload: Upload, a_file: MakeFile, tmp_path: Path
) -> None:
    path, store = a_file(SIZE), tmp_path / "store.json"
    paused = upload(path, store=store, given={"abortAt": PART})
    again = upload(path, store=store, options={"idempotencyKey": "after a reload"})
    assert again.uploads == paused.uploads
    assert json.loads(store.read_text()) == {}


@pytest.mark.parametrize("size", [SMALL, SIZE])
@pytest.mark.parametrize("key", ["", " ", "a ", "ü", "a\n", "a" * 256, 7, None])
def test_a_key_that_no_header_takes_is_refused(
    key: Any, size: int, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    error = upload(a_file(size), options={"idempotencyKey": key}).error
    assert (error["code"], error["param"]) == ("invalid_argument", "idempotencyKey")
    assert "1 to 255 characters" in error["message"]
    assert larder.service.requests == []


def test_a_key_of_255_characters_is_sent_as_it_is(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    key = "a b" * 85
    assert upload(a_file(SMALL), options={"idempotencyKey": key}).result
    [form] = larder.service.called("POST /v1/files")
    assert form.headers["idempotency-key"] == key
