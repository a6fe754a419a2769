"""Completing again, and Idempotency-Keys: the same call is answered as the first time."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.awsrequest import AWSResponse

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader
from tests.bed.wire import Call, Killed, Send, Wire

DAY = 86_400


def staged(uploader: Uploader, content: bytes = b"abcdef") -> tuple[dict[str, object], list[str]]:
    """Begin an upload of this content and stage its halves."""
    upload = uploader.begin(len(content))
    half = len(content) // 2
    return upload, [uploader.stage(upload, piece) for piece in (content[:half], content[half:])]


def test_completing_again_answers_as_the_first_time(bed: Bed, alice_uploads: Uploader) -> None:
    upload, part_ids = staged(alice_uploads)
    first = alice_uploads.try_to_complete(upload, part_ids)
    bed.clock.move(seconds=2 * DAY)  # longer than the session would have lasted
    again = alice_uploads.try_to_complete(upload, part_ids)
    assert (again.status_code, again.json()) == (200, first.json())
    assert alice_uploads.usage() == {"bytes": 6, "reserved_bytes": 0, "files": 1}


def test_completing_again_in_another_order_is_refused(alice_uploads: Uploader) -> None:
    upload, part_ids = staged(alice_uploads)
    file = alice_uploads.complete(upload, part_ids)
    answered = alice_uploads.try_to_complete(upload, part_ids[::-1])
    assert answered.status_code == 400
    assert answered.json()["error"]["code"] == "upload_not_pending"
    assert alice_uploads.content(file) == b"abcdef"


@contextmanager
def dying_after(wire: Wire, operation: str) -> Iterator[None]:
    """Kill the function once this operation, such as `CompleteMultipartUpload`, has acted."""

    def interceptor(call: Call, send: Send) -> AWSResponse:
        answered = send()
        if call.operation == operation:
            raise Killed
        return answered

    wire.interceptor = interceptor
    try:
        yield
    finally:
        wire.interceptor = None


@pytest.mark.parametrize("operation", ["UpdateItem", "CompleteMultipartUpload"])
def test_an_upload_half_completed_is_held_to_its_order(
    bed: Bed, alice_uploads: Uploader, operation: str
) -> None:
    """What S3 may have joined already is the only file that the upload can become."""
    upload, part_ids = staged(alice_uploads)
    with dying_after(bed.wire, operation):
        assert alice_uploads.try_to_complete(upload, part_ids).status_code == 502
    refused = alice_uploads.try_to_complete(upload, part_ids[::-1])
    assert refused.status_code == 400
    assert "being completed with other parts" in refused.json()["error"]["message"]
    assert alice_uploads.content(alice_uploads.complete(upload, part_ids)) == b"abcdef"


def test_presigned_parts_are_no_choice_once_copies_have_taken_their_places(
    alice_uploads: Uploader,
) -> None:
    """Else the file would have the content of parts that its caller did not choose."""
    upload, part_ids = staged(alice_uploads)
    alice_uploads.send(upload, 1, b"ABCDEF")
    assert alice_uploads.try_to_complete(upload, part_ids, md5="0" * 32).status_code == 400
    refused = alice_uploads.try_to_complete(upload, ["part_00001"])
    assert "being completed with other parts" in refused.json()["error"]["message"]
    assert alice_uploads.content(alice_uploads.complete(upload, part_ids)) == b"abcdef"


def test_the_order_is_free_until_the_parts_are_verified(alice_uploads: Uploader) -> None:
    upload, part_ids = staged(alice_uploads)
    assert alice_uploads.try_to_complete(upload, part_ids[:1]).status_code == 400
    assert alice_uploads.try_to_complete(upload, part_ids, md5="0" * 32).status_code == 400
    file = alice_uploads.complete(upload, part_ids[::-1])
    assert alice_uploads.content(file) == b"defabc"


def with_key(uploader: Uploader, key: str, size: int = 3) -> tuple[int, dict[str, object]]:
    """Create an upload with an Idempotency-Key; return status and answer."""
    body = {"filename": "a", "purpose": "batch", "bytes": size, "mime_type": "text/plain"}
    answered = uploader.http.post("/uploads", json=body, headers={"Idempotency-Key": key})
    return answered.status_code, answered.json()


def test_a_key_begins_one_upload(bed: Bed, alice_uploads: Uploader) -> None:
    first = with_key(alice_uploads, "k")
    bed.clock.move(seconds=3599)
    assert with_key(alice_uploads, "k") == first
    assert first[0] == 200
    assert alice_uploads.usage()["reserved_bytes"] == 3
    assert len(alice_uploads.http.get("/uploads").json()["data"]) == 1


def test_a_key_with_another_body_is_refused(alice_uploads: Uploader) -> None:
    with_key(alice_uploads, "k")
    status, answer = with_key(alice_uploads, "k", size=4)
    assert status == 409
    assert answer["error"]["code"] == "idempotency_key_reused"  # type: ignore[index]


def test_a_refused_upload_leaves_its_key_free(bed: Bed, alice_uploads: Uploader) -> None:
    bed.set_quota("alice", 2)
    assert with_key(alice_uploads, "k")[0] == 403
    bed.set_quota("alice", 3)
    assert with_key(alice_uploads, "k")[0] == 200


def test_a_key_completes_once(alice_uploads: Uploader) -> None:
    upload, part_ids = staged(alice_uploads)
    first = alice_uploads.try_to_complete(upload, part_ids, idempotency_key="k")
    again = alice_uploads.try_to_complete(upload, part_ids, idempotency_key="k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(alice_uploads.files()) == 1


def test_a_key_with_other_parts_is_refused_and_not_to_be_tried_again(
    alice_uploads: Uploader,
) -> None:
    upload, part_ids = staged(alice_uploads)
    alice_uploads.try_to_complete(upload, part_ids, idempotency_key="k")
    answered = alice_uploads.try_to_complete(upload, part_ids[::-1], idempotency_key="k")
    assert answered.status_code == 409
    assert answered.json()["error"]["code"] == "idempotency_key_reused"
    assert answered.headers["x-should-retry"] == "false"


def test_a_key_is_each_uploads_own(alice_uploads: Uploader) -> None:
    for content in (b"abcdef", b"ghijkl"):
        upload, part_ids = staged(alice_uploads, content)
        answered = alice_uploads.try_to_complete(upload, part_ids, idempotency_key="k")
        assert alice_uploads.content(answered.json()["file"]) == content


def test_a_refused_complete_leaves_its_key_free(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(6)
    first = alice_uploads.stage(upload, b"abc")
    missing = [first, "part_" + "0" * 26]
    refused = alice_uploads.try_to_complete(upload, missing, idempotency_key="k")
    assert refused.status_code == 400
    whole = [first, alice_uploads.stage(upload, b"def")]
    completed = alice_uploads.try_to_complete(upload, whole, idempotency_key="k")
    assert completed.status_code == 200


def test_a_new_key_after_completion_answers_as_the_first_time(alice_uploads: Uploader) -> None:
    upload, part_ids = staged(alice_uploads)
    first = alice_uploads.try_to_complete(upload, part_ids, idempotency_key="k")
    for _ in range(2):
        again = alice_uploads.try_to_complete(upload, part_ids, idempotency_key="another")
        assert (again.status_code, again.json()) == (200, first.json())
