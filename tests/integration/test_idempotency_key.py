"""`POST /files` with an Idempotency-Key: one file, however often it is sent."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from botocore.awsrequest import AWSResponse
from openai.types import FileObject

from tests.bed.bed import Bed
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Killed, Send

KEY = "a-key"
DAY = 86_400


def create(client: openai.OpenAI, content: bytes = b"hello", key: str = KEY) -> FileObject:
    return client.files.create(
        file=("batch.jsonl", content), purpose="batch", extra_headers={"Idempotency-Key": key}
    )


def post(bed: Bed, content: bytes = b"hello", seconds: int = DAY) -> httpx2.Response:
    return bed.http_of("alice").post(
        "/files",
        data={"purpose": "batch", "expires_after[seconds]": str(seconds)},
        files={"file": ("batch.jsonl", content)},
        headers={"Idempotency-Key": KEY},
    )


def killed_before_its_commit(call: Call, send: Send) -> AWSResponse:
    if call.operation == "TransactWriteItems":
        raise Killed
    return send()


def test_the_same_request_is_answered_as_the_first_time(bed: Bed, alice: openai.OpenAI) -> None:
    first = create(alice)
    assert create(alice) == first
    assert alice.files.list().data == [first]
    assert len(bed.object_keys()) == 1


def test_another_body_is_refused_and_not_to_be_tried_again(bed: Bed) -> None:
    post(bed)
    answer = post(bed, b"hellO")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_reused"
    assert answer.headers["x-should-retry"] == "false"


def test_another_body_is_to_be_tried_again_while_the_first_may_fail(bed: Bed) -> None:
    """Should the first fail, its key is free again."""
    told: list[httpx2.Response] = []
    with meanwhile(bed.wire, "PutObject", lambda: told.append(post(bed, b"hellO"))):
        assert post(bed).status_code == 200
    assert [answer.json()["error"]["code"] for answer in told] == ["idempotency_key_in_use"]
    assert post(bed, b"hellO").json()["error"]["code"] == "idempotency_key_reused"


def test_another_life_is_another_request(bed: Bed) -> None:
    post(bed)
    assert post(bed, seconds=7200).status_code == 409


def test_another_key_is_another_file(alice: openai.OpenAI) -> None:
    assert create(alice, key="one").id != create(alice, key="other").id


def test_a_key_is_its_owner_s_own(alice: openai.OpenAI, bob: openai.OpenAI) -> None:
    assert create(alice).id != create(bob).id


SENDERS = {
    "the owner": ("alice", None),
    "a service acting for the owner": ("batch-system", "alice"),
    "another service acting for the owner": ("other-system", "alice"),
    "a service for itself": ("batch-system", None),
    "a service acting for itself": ("batch-system", "batch-system"),
}


def as_each_sender(bed: Bed, path: str, body: Callable[[str], dict[str, Any]]) -> list[Any]:
    """Send one key from everybody, twice; what is made is what its sender may make."""
    answers = []
    for _ in range(2):
        for owner, acting_for in SENDERS.values():
            http = bed.http_of(owner, acting_for=acting_for)
            fields = body("batch" if acting_for is None else "batch-output")
            answers.append(http.post(path, headers={"Idempotency-Key": KEY}, **fields))
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [answer.json() for answer in answers]


def test_a_key_of_a_file_is_its_sender_s_own(bed: Bed) -> None:
    files = {"file": ("batch.jsonl", b"hello")}
    answers = as_each_sender(bed, "/files", lambda p: {"data": {"purpose": p}, "files": files})
    assert answers[:5] == answers[5:]
    assert len({file["id"] for file in answers}) == 5


def test_a_key_of_an_upload_is_its_sender_s_own(bed: Bed) -> None:
    usual = {"filename": "a", "bytes": 3, "mime_type": "text/plain"}
    answers = as_each_sender(bed, "/uploads", lambda p: {"json": {**usual, "purpose": p}})
    assert answers[:5] == answers[5:]
    assert len({upload["id"] for upload in answers}) == 5


def test_a_key_of_a_complete_is_its_sender_s_own(
    alice_uploads: Uploader, service_uploads: Uploader
) -> None:
    """The owner is refused for what the owner may not do, not for the service's key."""
    upload = service_uploads.begin(3, purpose="batch-output")
    first = [service_uploads.stage(upload, b"abc")]
    assert service_uploads.try_to_complete(upload, first, idempotency_key=KEY).status_code == 200
    answer = alice_uploads.try_to_complete(upload, ["part_00001"], idempotency_key=KEY)
    assert answer.json()["error"]["code"] == "permission_denied"


def test_a_key_is_kept_for_a_day(bed: Bed, alice: openai.OpenAI) -> None:
    first = create(alice)
    bed.clock.move(seconds=DAY - 1)
    assert create(alice) == first
    bed.clock.move(seconds=1)
    assert create(alice).id != first.id


def test_the_first_answer_is_given_again_after_the_file_is_deleted(alice: openai.OpenAI) -> None:
    first = create(alice)
    alice.files.delete(first.id)
    assert create(alice) == first
    assert alice.files.list().data == []


def test_a_refused_request_may_be_sent_again(bed: Bed, alice: openai.OpenAI) -> None:
    bed.set_quota("alice", 1)
    with pytest.raises(openai.PermissionDeniedError):
        create(alice)
    bed.set_quota("alice", 100)
    assert create(alice).bytes == 5


def test_a_key_in_flight_is_refused_and_may_be_tried_again(bed: Bed) -> None:
    bed.wire.interceptor = killed_before_its_commit
    assert post(bed).status_code == 502
    bed.wire.interceptor = None
    answer = post(bed)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_in_use"
    assert "x-should-retry" not in answer.headers


def test_a_key_whose_request_died_is_free_after_a_minute(bed: Bed) -> None:
    bed.wire.interceptor = killed_before_its_commit
    post(bed)
    bed.wire.interceptor = None
    bed.clock.move(seconds=60)
    assert post(bed).status_code == 200
    assert len(bed.http_of("alice").get("/files").json()["data"]) == 1


def test_without_the_header_nothing_more_is_asked_of_aws(bed: Bed, alice: openai.OpenAI) -> None:
    alice.files.create(file=("batch.jsonl", b"hello"), purpose="batch")
    asked = Counter((call.service, call.operation) for call in bed.wire.calls)
    assert asked == {
        ("dynamodb", "GetItem"): 2,  # the key, and the usage
        ("s3", "PutObject"): 1,
        ("dynamodb", "TransactWriteItems"): 1,
    }
