"""What a client is told when AWS is not well; `tests/faults` has what becomes of the data."""

from binascii import crc32
from collections.abc import Iterator

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed, Way
from tests.bed.faults import FAULTS, Strike, hasty_retries
from tests.bed.invariants import leftovers
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Killed, Send, answer, aws_error

FAULT = {str(fault): fault for fault in FAULTS}


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with hasty_retries():
        yield


def create(bed: Bed) -> httpx2.Response:
    form = {"file": ("batch.jsonl", b"hello")}
    return bed.http_of("alice").post("/files", data={"purpose": "batch"}, files=form)


def refusing(call: Call, send: Send) -> AWSResponse:
    """A role that lacks a permission: nothing that anybody expects."""
    if call.operation == "PutObject":
        return aws_error(call, "AccessDenied", status=403)
    return send()


def killing(call: Call, send: Send) -> AWSResponse:
    if call.operation == "PutObject":
        raise Killed
    return send()


def throttling_every_call(call: Call, send: Send) -> AWSResponse:
    return aws_error(call, "ThrottlingException")


@pytest.mark.parametrize(
    "fault",
    [
        "is throttled in every attempt",
        "fails in every attempt",
        "loses its answer in every attempt",
    ],
)
def test_what_may_pass_is_503_and_may_be_tried_again(bed: Bed, fault: str) -> None:
    bed.http_of("alice").get("/usage")
    with Strike(FAULT[fault], at=0).on(bed.wire):
        answer = create(bed)
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.json()["error"]["code"] in ("busy", "unavailable")
    assert answer.headers["x-request-id"]
    assert "x-should-retry" not in answer.headers


@pytest.mark.parametrize("way", ["gateway", "front_door"])
@pytest.mark.parametrize("code", ["BadDigest", "RequestTimeout", "XAmzContentSHA256Mismatch"])
def test_content_that_came_damaged_to_s3_may_be_sent_again(bed: Bed, way: Way, code: str) -> None:
    def damaging(call: Call, send: Send) -> AWSResponse:
        return aws_error(call, code) if call.operation == "PutObject" else send()

    there = bed.through(way)
    bed.wire.interceptor = damaging
    refused = create(there)
    bed.wire.interceptor = None
    assert (refused.status_code, leftovers(bed)) == (503, [])
    assert refused.json()["error"]["code"] in ("busy", "unavailable")
    assert create(there).status_code == 200


def test_what_passes_by_itself_is_not_told(bed: Bed) -> None:
    with Strike(FAULT["fails once"], at=1).on(bed.wire):
        assert create(bed).status_code == 200


@pytest.mark.parametrize("damaged", [b'{"Items": [{"id"', b"{}", b'{"Items": []}'])
def test_a_list_that_is_damaged_on_its_way_is_asked_for_again(bed: Bed, damaged: bytes) -> None:
    file_id = create(bed).json()["id"]
    answers: list[bytes] = []

    def damaging(call: Call, send: Send) -> AWSResponse:
        whole = send()
        if call.operation != "Query":
            return whole
        answers.append(whole.content if answers else damaged)
        given = answer(call, 200, answers[-1], "application/x-amz-json-1.0")
        given.headers["x-amz-crc32"] = str(crc32(whole.content))
        return given

    bed.wire.interceptor = damaging
    listed = bed.http_of("alice").get("/files").json()["data"]
    assert [file["id"] for file in listed] == [file_id]
    assert len(answers) == 2


@pytest.mark.parametrize(
    "fault",
    [
        "conflicts in every attempt",
        "fails in a 200 in every attempt",
        "acts and fails in a 200 in every attempt",
    ],
)
def test_what_stops_s3_from_joining_is_503_and_the_next_try_completes(
    bed: Bed, alice_uploads: Uploader, fault: str
) -> None:
    upload = alice_uploads.begin(5)
    part_ids = alice_uploads.send_all(upload, b"hello")
    with Strike(FAULT[fault], at=0, operation="CompleteMultipartUpload").on(bed.wire):
        answer = alice_uploads.try_to_complete(upload, part_ids)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert "x-should-retry" not in answer.headers
    assert alice_uploads.content(alice_uploads.complete(upload, part_ids)) == b"hello"


@pytest.mark.parametrize("fault", ["fails in a 200 once", "acts and fails in a 200 once"])
def test_a_failure_in_a_200_is_no_success_and_passes_by_itself(
    bed: Bed, alice_uploads: Uploader, fault: str
) -> None:
    upload = alice_uploads.begin(5)
    part_ids = alice_uploads.send_all(upload, b"hello")
    strike = Strike(FAULT[fault], at=0, operation="CompleteMultipartUpload")
    with strike.on(bed.wire):
        file = alice_uploads.complete(upload, part_ids)
    assert strike.struck
    assert alice_uploads.content(file) == b"hello"


def test_what_nobody_expected_is_500_and_tells_nothing(bed: Bed) -> None:
    bed.wire.interceptor = refusing
    answer = create(bed)
    assert answer.status_code == 500
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json() == {
        "error": {
            "message": "The server had an error. It has been logged.",
            "type": "server_error",
            "param": None,
            "code": None,
        }
    }


def test_what_nobody_expected_is_logged_with_the_request_s_id(
    bed: Bed, caplog: pytest.LogCaptureFixture
) -> None:
    bed.wire.interceptor = refusing
    request_id = create(bed).headers["x-request-id"]
    (unexpected,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert vars(unexpected)["request_id"] == request_id
    assert "AccessDenied" in caplog.text


def test_no_log_line_holds_a_key_or_content(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    create(bed)
    bed.wire.interceptor = refusing
    create(bed)
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "/files" in logged
    assert bed.api_key("alice") not in logged
    assert "hello" not in logged


def test_a_function_that_dies_is_the_gateway_s_502_and_may_be_tried_again(bed: Bed) -> None:
    bed.wire.interceptor = killing
    answer = create(bed)
    assert answer.status_code == 502
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.headers["x-request-id"]
    assert "x-should-retry" not in answer.headers


def test_an_authorizer_that_fails_is_the_gateway_s_500_and_may_be_tried_again(bed: Bed) -> None:
    bed.wire.interceptor = throttling_every_call
    answer = bed.http_of("alice").get("/files")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "x-should-retry" not in answer.headers
