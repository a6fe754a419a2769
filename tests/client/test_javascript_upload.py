"""`uploadFile` of the JavaScript client, against the fake service and its faults."""

import os
import time
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
SIZE = 300 * KIB  # five parts, of which the last is shorter
PUT = "PUT /upload_"


@pytest.fixture
def upload(javascript: JavaScript, larder: Larder) -> Upload:
    """`uploadFile` with the purpose `batch`."""

    def run(path: Path, **what: Any) -> Seen:
        options = {"purpose": "batch", **what.pop("options", {})}
        return javascript.run(larder, "upload", path=path, options=options, **what)

    return run


@pytest.mark.parametrize("by", ["sdk", "plain"])
@pytest.mark.parametrize("size", [0, 10, SIZE, 5 * KIB * KIB])
def test_a_path_of_any_size(
    size: int, by: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(size)
    seen = upload(path, by=by)
    assert (seen.result["filename"], seen.result["bytes"]) == ("big.jsonl", size)
    assert larder.service.content(seen.result["id"]) == path.read_bytes()
    assert seen.progress[-1:] == ([[size, size]] if size else [])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("url", "big.jsonl"),
        ("bytes", "upload"),
        ("buffer", "upload"),
        ("arrayBuffer", "upload"),
        ("blob", "upload"),
        ("file", "a.jsonl"),
    ],
)
def test_every_kind_of_file(
    kind: str, name: str, larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    seen = upload(path, given={"input": kind})
    assert seen.result["filename"] == name
    assert larder.service.content(seen.result["id"]) == path.read_bytes()


def test_a_name_and_a_life_of_the_callers_choice(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    chosen = {"filename": "naïve 日本語.jsonl", "expiresAfter": 7200}
    file = upload(a_file(SIZE), options=chosen).result
    assert file["filename"] == "naïve 日本語.jsonl"
    assert file["expires_at"] == file["created_at"] + 7200


def test_the_life_of_a_small_file_is_said_in_its_form(
    larder: Larder, upload: Upload, a_file: MakeFile
) -> None:
    life = {"anchor": "created_at", "seconds": 7200}
    assert upload(a_file(10), options={"expiresAfter": life}).result
    [form] = larder.service.called("POST /v1/files")
    assert b'name="expires_after[anchor]"\r\n\r\ncreated_at\r\n' in form.body
    assert b'name="expires_after[seconds]"\r\n\r\n7200\r\n' in form.body


def test_progress_is_smoother_than_parts(larder: Larder, upload: Upload, a_file: MakeFile) -> None:
    larder.service.part_bytes = 4 * KIB * KIB
    told = [loaded for loaded, _ in upload(a_file(8 * KIB * KIB)).progress]
    assert len(told) > 20
    assert told == sorted(told)


@pytest.mark.parametrize("threads", [1, 3])
def test_so_many_parts_are_sent_at_once(
    threads: int, larder: Larder, javascript: JavaScript, a_file: MakeFile
) -> None:
    larder.storage.hold_after(0)
    options = {"purpose": "batch", "threads": threads}
    javascript.start(larder, "upload", path=a_file(SIZE), options=options)
    wait_for(lambda: larder.storage.waiting == threads)
    larder.storage.release()
    assert javascript.seen().result
    assert larder.storage.most_waiting == threads


class TestTrouble:
    """What passes is tried again, and leaves nothing twice."""

    @pytest.mark.parametrize(
        ("by", "kind"),
        [("plain", "reset"), ("plain", "lost"), ("plain", "status"), ("sdk", "status")],
    )
    @pytest.mark.parametrize("what", ["/uploads$", "/part_urls", "/complete"])
    def test_of_the_service(
        self, what: str, by: str, kind: Any, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        soon = {"retry-after-ms": "5"}  # for the SDK
        larder.fail_api(Fault(f"POST .*{what}", kind, status=503, headers=soon))
        path = a_file(SIZE)
        file = upload(path, by=by).result
        assert larder.service.content(file["id"]) == path.read_bytes()
        assert len(larder.service.uploads) == len(larder.service.files) == 1

    def test_of_a_small_file(self, larder: Larder, upload: Upload, a_file: MakeFile) -> None:
        larder.fail_api(Fault("POST /v1/files", "lost"))
        assert upload(a_file(10)).result
        assert len(larder.service.files) == 1

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(PUT, "reset", after_bytes=1000, times=3),
            Fault(PUT, "lost"),
            Fault(PUT, "status", status=503, body=b"<Error><Code>SlowDown</Code></Error>"),
            Fault(PUT, "status", status=403, body=b"<Error><Code>AccessDenied</Code></Error>"),
            Fault(PUT, "status", status=400, body=b"<Error><Code>ExpiredToken</Code></Error>"),
            Fault(PUT, "status", status=400, body=b"<Error><Code>BadDigest</Code></Error>"),
        ],
    )
    def test_of_s3_is_met_with_a_fresh_url(
        self, fault: Fault, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        times = fault.times
        larder.fail_s3(fault)
        path = a_file(SIZE)
        seen = upload(path)
        assert larder.service.content(seen.result["id"]) == path.read_bytes()
        assert seen.progress[-1] == [SIZE, SIZE]
        asked = larder.service.called(".*/part_urls")
        assert len(asked) == 2 + times  # four parts, the fifth, and each of the others again

    def test_a_line_on_which_nothing_moves_is_given_up(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        larder.fail_s3(Fault(PUT, "hold"))
        assert upload(a_file(SIZE), given={"stalled": 500}).result

    def test_a_retry_after_is_heeded(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        fault = Fault("/part_urls", "status", status=429, headers={"retry-after": "0.4"})
        larder.fail_api(fault)
        path = a_file(SIZE)
        begun = time.monotonic()
        assert upload(path).result
        assert time.monotonic() - begun >= 0.4

    def test_what_is_not_to_be_tried_again_is_not(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        never = {"x-should-retry": "false"}
        larder.fail_api(Fault("/uploads$", "status", status=500, headers=never))
        assert upload(a_file(SIZE)).error["status"] == 500
        assert larder.service.called("POST /v1/uploads") == []


class TestFailure:
    """What does not pass is said in one error, and nothing is left behind."""

    def test_a_refusal_has_the_services_words(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        for by in ("plain", "sdk"):
            error = upload(a_file(SIZE), by=by, options={"purpose": "vision"}).error
            assert error == {
                "name": "LarderError",
                "message": "Invalid purpose: 'vision'",
                "status": 400,
                "code": None,
                "param": "purpose",
                "requestId": None,
            }
        assert larder.service.uploads == {}

    def test_a_request_is_named_as_in_the_log(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        for by in ("plain", "sdk"):
            named = {"x-request-id": "req-7"}
            larder.fail_api(Fault("POST /v1/files", "status", status=401, headers=named))
            assert upload(a_file(10), by=by).error["requestId"] == "req-7"

    @pytest.mark.parametrize(
        ("status", "s3_code", "code"),
        [
            (400, "BadDigest", "damaged"),
            (400, "EntityTooLarge", "part_refused"),
            (404, "NoSuchUpload", "upload_gone"),
            (503, "SlowDown", "no_answer"),
        ],
    )
    def test_s3_that_refuses_for_good_ends_the_upload(
        self, status: int, s3_code: str, code: str, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        body = f"<Error><Code>{s3_code}</Code></Error>".encode()
        larder.fail_s3(Fault(PUT, "status", times=99, status=status, body=body))
        error = upload(a_file(SIZE)).error
        assert (error["name"], error["code"], error["status"]) == ("LarderError", code, status)
        assert s3_code in error["message"]
        [only] = larder.service.uploads.values()
        assert only["status"] == "cancelled"

    def test_nobody_answers(self, upload: Upload, a_file: MakeFile) -> None:
        nowhere = {"client": {"baseURL": "http://127.0.0.1:9/v1"}}
        error = upload(a_file(10), given=nowhere).error
        assert error["code"] == "no_answer"
        assert "http://127.0.0.1:9/v1" in error["message"]

    def test_somebody_else_answers(self, larder: Larder, upload: Upload, a_file: MakeFile) -> None:
        larder.fail_api(Fault("POST /v1/files", "status", status=200, body=b"<html>"))
        assert upload(a_file(10)).error["code"] == "not_understood"

    def test_parts_that_s3_would_not_verify_are_not_sent(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        larder.service.signs_checksums = False
        assert upload(a_file(SIZE)).error["code"] == "not_understood"
        assert larder.storage.received == []

    def test_a_file_that_changes_ends_it(
        self, larder: Larder, javascript: JavaScript, a_file: MakeFile
    ) -> None:
        path = a_file(SIZE)
        larder.storage.hold_after(1)
        options = {"purpose": "batch", "threads": 1}
        javascript.start(larder, "upload", path=path, options=options)
        wait_for(lambda: larder.storage.waiting == 1)
        path.write_bytes(os.urandom(SIZE + 1))
        larder.storage.release()
        assert javascript.seen().error["code"] == "unreadable"
        [only] = larder.service.uploads.values()
        assert only["status"] == "cancelled"

    def test_what_the_callers_progress_throws_is_thrown(
        self, larder: Larder, upload: Upload, a_file: MakeFile
    ) -> None:
        for size in (10, SIZE):
            error = upload(a_file(size), given={"throwAt": 10}).error
            assert (error["name"], error["message"]) == ("Error", "the caller's own")
        [only] = larder.service.uploads.values()
        assert only["status"] == "cancelled"

    @pytest.mark.parametrize(
        ("options", "param", "allowed"),
        [
            ({"threads": 0}, "threads", "1 to 32"),
            ({"threads": 33}, "threads", "1 to 32"),
            ({"threads": 1.5}, "threads", "1 to 32"),
            ({"expires_after": {}}, "expires_after", "expiresAfter"),
            ({"expiresAfter": "7d"}, "expiresAfter", "seconds"),
            ({"resume": {}}, "resume", "localStorage"),
            ({"onUpload": 1}, "onUpload", "function"),
        ],
    )
    def test_an_option_without_meaning(
        self, options: Any, param: str, allowed: str, larder: Larder, upload: Upload, a_file: Any
    ) -> None:
        error = upload(a_file(10), options=options).error
        assert (error["code"], error["param"]) == ("invalid_argument", param)
        assert allowed in error["message"]
        assert larder.service.requests == []

    @pytest.mark.parametrize(
        ("given", "param"),
        [
            ({"input": "number"}, "file"),
            ({"noOptions": True}, "options"),
            ({"client": {"baseURL": ""}}, "client"),
            ({"client": {"apiKey": "sk-larder-ein Schlüssel"}}, "apiKey"),
        ],
    )
    def test_an_argument_without_meaning(
        self, given: Any, param: str, upload: Upload, a_file: MakeFile
    ) -> None:
        error = upload(a_file(10), given=given).error
        assert error["param"] == param
        assert "Schlüssel" not in str(error)

    def test_a_path_that_is_no_file(self, upload: Upload, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "nowhere.jsonl"):
            error = upload(path).error
            assert (error["code"], error["param"]) == ("unreadable", "file")
            assert str(path) in error["message"]
