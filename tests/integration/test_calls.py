"""What each request asks of AWS, as docs/benchmarks.md says it: every call is time and money."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.environment import API_KEYS_TABLE
from tests.bed.stock import files_of
from tests.bed.uploader import MIB, PART, Uploader, content_of
from tests.bed.wire import Call, Send, answer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_ROW = re.compile(r"^\| ([^|`]+) \| ([^|]+) \|$", re.MULTILINE)
_, _, _REST = PAGE.read_text().partition("<!-- calls: begin -->")
STATED = {request: calls.replace("`", "") for request, calls in _ROW.findall(_REST)}

Act = Callable[[], object]


def create(bed: Bed) -> Act:
    files = bed.client_of("alice").files
    return lambda: files.create(file=("a.jsonl", b"{}\n"), purpose="batch")


def create_with_key(bed: Bed) -> Act:
    key = {"Idempotency-Key": "once"}
    files = bed.client_of("alice").files
    return lambda: files.create(file=("a.jsonl", b"{}\n"), purpose="batch", extra_headers=key)


def retrieve(bed: Bed) -> Act:
    file_id, files = a_file(bed), bed.client_of("alice").files
    return lambda: files.retrieve(file_id)


def content(bed: Bed) -> Act:
    file_id, files = a_file(bed), bed.client_of("alice").files
    return lambda: files.content(file_id)


def large_content(bed: Bed) -> Act:
    (file_id,) = bed.stock(files_of("alice", 1, since=bed.clock.now - 9, size=100 * MIB))
    return lambda: bed.http_of("alice").get(f"/files/{file_id}/content").headers["location"]


def delete(bed: Bed) -> Act:
    file_id, files = a_file(bed), bed.client_of("alice").files
    return lambda: files.delete(file_id)


def a_list(bed: Bed) -> Act:
    bed.stock(files_of("alice", 100, since=bed.clock.now - 900))
    return bed.client_of("alice").files.list


def a_filtered_list(bed: Bed) -> Act:
    bed.stock(files_of("alice", 100, since=bed.clock.now - 900))
    return lambda: bed.client_of("alice").files.list(purpose="batch")


def usage(bed: Bed) -> Act:
    return Uploader(bed).usage


def begin(bed: Bed) -> Act:
    return lambda: Uploader(bed).begin(10)


def link(bed: Bed) -> Act:
    alice = Uploader(bed)
    upload = alice.begin(2 * PART)
    return lambda: alice.link(upload, 1)


def stage(bed: Bed) -> Act:
    alice = Uploader(bed)
    upload = alice.begin(3)
    return lambda: alice.stage(upload, b"{}\n")


def complete_presigned(bed: Bed) -> Act:
    alice, sent = Uploader(bed), content_of(2 * PART + 1)
    upload = alice.begin(len(sent))
    parts = alice.send_all(upload, sent)
    return lambda: alice.complete(upload, parts)


def complete_staged(bed: Bed) -> Act:
    alice = Uploader(bed)
    upload = alice.begin(6)
    parts = [alice.stage(upload, b"{}\n") for _ in range(2)]
    return lambda: alice.complete(upload, parts)


def cancel(bed: Bed) -> Act:
    alice = Uploader(bed)
    upload = alice.begin(10)
    return lambda: alice.try_to_cancel(upload).raise_for_status()


def reap(bed: Bed) -> Act:
    bed.client_of("alice").files.delete(a_file(bed))
    return bed.run_stream


REQUESTS: dict[str, Callable[[Bed], Act]] = {
    "create a file": create,
    "the same with an Idempotency-Key": create_with_key,
    "retrieve a file": retrieve,
    "content of up to 4 MiB": content,
    "content beyond, a redirect": large_content,
    "delete a file": delete,
    "list, for each MB of items": a_list,
    "list of one purpose, for each MB": a_filtered_list,
    "usage": usage,
    "create an upload": begin,
    "URLs of presigned parts": link,
    "send a part through the API": stage,
    "complete, of up to 1,000 presigned parts": complete_presigned,
    "complete, of two small parts sent through the API": complete_staged,
    "cancel an upload": cancel,
    "reap a file that was deleted": reap,
}
AUTHORIZE = "authorize a key, unless API Gateway has the answer"


def a_file(bed: Bed) -> str:
    file = bed.client_of("alice").files.create(file=("a.jsonl", b"{}\n"), purpose="batch")
    return file.id


def with_checksum(call: Call, send: Send) -> AWSResponse:
    """Answer as S3 does, which knows the checksum of what it joins."""
    answered = send()
    if call.operation != "CompleteMultipartUpload":
        return answered
    end = b"</CompleteMultipartUploadResult>"
    known = answered.content.replace(
        end, b"<ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME>" + end
    )
    return answer(call, answered.status_code, known, "application/xml")


def calls_of(bed: Bed, act: Act, *, of_keys: bool) -> str:
    bed.wire.calls.clear()
    bed.wire.interceptor = with_checksum
    act()
    calls = [call for call in bed.wire.calls if is_of_keys(call) == of_keys]
    return ", ".join(call.operation for call in calls)


def is_of_keys(call: Call) -> bool:
    return call.service == "dynamodb" and call.json().get("TableName") == API_KEYS_TABLE


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_makes_these_calls(request_: str, bed: Bed) -> None:
    act = REQUESTS[request_](bed)
    assert calls_of(bed, act, of_keys=False) == STATED[request_]


def test_a_key_is_looked_up_once(bed: Bed) -> None:
    files = bed.client_of("alice").files
    assert calls_of(bed, files.list, of_keys=True) == STATED[AUTHORIZE]
    assert calls_of(bed, files.list, of_keys=True) == ""


def test_the_page_has_no_other_requests() -> None:
    assert set(STATED) - set(REQUESTS) == {AUTHORIZE, "request", "---"}
