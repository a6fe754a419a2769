"""Batch output comes by uploads too: a service key writes it for an owner, and nobody else."""

import json
from collections.abc import Callable

import httpx2
import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

PART_IDS = ["part_00001"]

WRITES: dict[str, Callable[[Uploader, dict[str, object]], httpx2.Response]] = {
    "stage": lambda uploader, upload: uploader.try_to_stage(upload, b"x"),
    "link": lambda uploader, upload: uploader.try_to_link(upload, [1]),
    "complete": lambda uploader, upload: uploader.try_to_complete(upload, PART_IDS),
    "cancel": lambda uploader, upload: uploader.try_to_cancel(upload),
}


def test_output_of_a_service_is_the_owners_file(
    alice_uploads: Uploader, service_uploads: Uploader
) -> None:
    upload = service_uploads.begin(3, purpose="batch-output")
    file = service_uploads.complete(upload, [service_uploads.stage(upload, b"abc")])
    assert file["purpose"] == "batch-output"
    assert alice_uploads.files() == [file]
    assert alice_uploads.content(file) == b"abc"


def test_output_comes_in_presigned_parts_too(
    alice_uploads: Uploader, service_uploads: Uploader
) -> None:
    upload = service_uploads.begin(3, purpose="batch-output")
    file = service_uploads.complete(upload, service_uploads.send_all(upload, b"abc"))
    assert alice_uploads.content(file) == b"abc"


def test_a_service_begins_no_other_upload_for_an_owner(bed: Bed, service_uploads: Uploader) -> None:
    answered = service_uploads.try_to_begin(3, purpose="batch")
    assert answered.status_code == 403
    assert answered.json()["error"]["code"] == "permission_denied"
    assert bed.items() == []


def test_an_owner_begins_no_batch_output(bed: Bed, alice_uploads: Uploader) -> None:
    answered = alice_uploads.try_to_begin(3, purpose="batch-output")
    assert (answered.status_code, answered.json()["error"]["param"]) == (403, "purpose")
    assert bed.items() == []


def everything(bed: Bed) -> str:
    return json.dumps([bed.items(), bed.object_keys()], sort_keys=True)


@pytest.mark.parametrize("write", WRITES)
def test_an_owner_writes_nothing_into_batch_output(
    bed: Bed, alice_uploads: Uploader, service_uploads: Uploader, write: str
) -> None:
    upload = service_uploads.begin(1, purpose="batch-output")
    service_uploads.send_all(upload, b"x")
    before = everything(bed)
    answered = WRITES[write](alice_uploads, upload)
    assert (answered.status_code, answered.json()["error"]["code"]) == (403, "permission_denied")
    assert everything(bed) == before


@pytest.mark.parametrize("write", WRITES)
def test_a_service_writes_nothing_into_an_owners_upload(
    bed: Bed, alice_uploads: Uploader, service_uploads: Uploader, write: str
) -> None:
    upload = alice_uploads.begin(1)
    alice_uploads.send_all(upload, b"x")
    before = everything(bed)
    answered = WRITES[write](service_uploads, upload)
    assert (answered.status_code, answered.json()["error"]["code"]) == (403, "permission_denied")
    assert everything(bed) == before


def test_owner_and_service_both_see_the_session(
    alice_uploads: Uploader, service_uploads: Uploader
) -> None:
    upload = service_uploads.begin(3, purpose="batch-output")
    service_uploads.stage(upload, b"abc")
    seen = alice_uploads.upload(upload["id"])
    assert seen == service_uploads.upload(upload["id"])
    assert seen["id"] == upload["id"]
    assert alice_uploads.parts(upload) == service_uploads.parts(upload)


def test_a_service_acting_for_another_owner_sees_nothing(
    bed: Bed, service_uploads: Uploader
) -> None:
    upload = service_uploads.begin(3, purpose="batch-output")
    for_bob = Uploader(bed, "batch-system", acting_for="bob")
    assert for_bob.http.get(f"/uploads/{upload['id']}").status_code == 404
    for write in WRITES.values():
        assert write(for_bob, upload).status_code == 404
