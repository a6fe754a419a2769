"""`md5` of a complete that is repeated: verified as the first time, whoever verified it then."""

import hashlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Killed, Send

CONTENT = b"abcdef"
RIGHT = hashlib.md5(CONTENT).hexdigest()
WRONG = "0" * 32


def staged(uploader: Uploader, upload: dict[str, Any]) -> list[str]:
    return [uploader.stage(upload, piece) for piece in (CONTENT[:3], CONTENT[3:])]


def presigned(uploader: Uploader, upload: dict[str, Any]) -> list[str]:
    return uploader.send_all(upload, CONTENT)


def assert_refused(answer: httpx2.Response) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "md5")
    assert error["message"] == f"The content's MD5 is {RIGHT} and 'md5' says {WRONG}."


Way = Callable[[Uploader, dict[str, Any]], list[str]]
WAYS = pytest.mark.parametrize("way", [staged, presigned])
FIRST = pytest.mark.parametrize("first", [{}, {"md5": RIGHT}], ids=["without", "with"])
KEYS = pytest.mark.parametrize("key", [None, "another"])


@WAYS
@FIRST
@KEYS
def test_a_wrong_one_is_refused(
    alice_uploads: Uploader, way: Way, first: dict[str, str], key: str | None
) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    part_ids = way(alice_uploads, upload)
    told = alice_uploads.try_to_complete(upload, part_ids, **first).json()
    for _ in range(2):
        assert_refused(
            alice_uploads.try_to_complete(upload, part_ids, md5=WRONG, idempotency_key=key)
        )
    again = alice_uploads.try_to_complete(upload, part_ids, md5=RIGHT, idempotency_key=key)
    assert (again.status_code, again.json()) == (200, told)


@WAYS
@FIRST
@pytest.mark.parametrize("fields", [{}, {"md5": RIGHT}, {"md5": RIGHT.upper()}], ids=str)
def test_the_right_one_or_none_is_answered_as_the_first_time(
    alice_uploads: Uploader, way: Way, first: dict[str, str], fields: dict[str, str]
) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    part_ids = way(alice_uploads, upload)
    told = alice_uploads.try_to_complete(upload, part_ids, **first).json()
    again = alice_uploads.try_to_complete(upload, part_ids, **fields)
    assert (again.status_code, again.json()) == (200, told)


@pytest.mark.parametrize("md5", [RIGHT, WRONG])
def test_one_that_was_verified_is_not_read_for_again(
    bed: Bed, alice_uploads: Uploader, md5: str
) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    part_ids = alice_uploads.send_all(upload, CONTENT)
    alice_uploads.complete(upload, part_ids, md5=RIGHT)
    bed.wire.calls.clear()
    alice_uploads.try_to_complete(upload, part_ids, md5=md5)
    assert "GetObject" not in {call.operation for call in bed.wire.calls}


@pytest.mark.parametrize(
    ("way", "operation"),
    [(staged, "UploadPart"), (presigned, "UpdateItem"), (presigned, "GetObject")],
)
def test_a_wrong_one_is_refused_when_another_completes_meanwhile(
    bed: Bed, alice_uploads: Uploader, way: Way, operation: str
) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    part_ids = way(alice_uploads, upload)
    others = lambda: alice_uploads.complete(upload, part_ids)  # noqa: E731
    with meanwhile(bed.wire, operation, others):
        assert_refused(alice_uploads.try_to_complete(upload, part_ids, md5=WRONG))
    assert len(alice_uploads.files()) == 1


def test_a_lost_answer_is_given_again(bed: Bed, alice_uploads: Uploader) -> None:
    def dying(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == "TransactWriteItems":
            raise Killed
        return answered

    upload = alice_uploads.begin(len(CONTENT))
    part_ids = alice_uploads.send_all(upload, CONTENT)
    bed.wire.interceptor = dying
    assert alice_uploads.try_to_complete(upload, part_ids, md5=RIGHT).status_code == 502
    bed.wire.interceptor = None
    (file,) = alice_uploads.files()
    assert alice_uploads.complete(upload, part_ids, md5=RIGHT) == file


def test_nothing_is_told_of_a_file_that_is_deleted_meanwhile(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(len(CONTENT))
    part_ids = alice_uploads.send_all(upload, CONTENT)
    file = alice_uploads.complete(upload, part_ids)

    def delete() -> None:
        assert alice_uploads.http.delete(f"/files/{file['id']}").status_code == 200
        bed.run_stream()

    with meanwhile(bed.wire, "GetObject", delete):
        answer = alice_uploads.try_to_complete(upload, part_ids, md5=RIGHT)
    assert answer.status_code == 404
    assert answer.json()["error"]["param"] == "upload_id"
