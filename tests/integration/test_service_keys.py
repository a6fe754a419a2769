"""A service acts for an owner: it writes batch output and reads, and nothing else."""

from typing import Any

import openai
import pytest
from openai.types import FileObject

from tests.bed.bed import Bed


def create_output(service: openai.OpenAI, content: bytes = b"result") -> FileObject:
    purpose: Any = "batch-output"  # the SDK's types misspell it
    return service.files.create(file=("output.jsonl", content), purpose=purpose)


def test_batch_output_belongs_to_the_owner(bed: Bed, service: openai.OpenAI) -> None:
    alice = bed.client_of("alice", strict=False)
    file = create_output(service)
    assert file.to_dict()["purpose"] == "batch-output"
    assert alice.files.retrieve(file.id) == file
    assert alice.files.content(file.id).content == b"result"


def test_batch_output_counts_in_the_owner_s_quota(bed: Bed, service: openai.OpenAI) -> None:
    create_output(service, b"12345")
    assert bed.http_of("alice").get("/usage").json()["bytes"] == 5
    assert bed.http_of("batch-system").get("/usage").json()["bytes"] == 0


def test_batch_output_is_refused_when_the_owner_s_quota_is_full(
    bed: Bed, service: openai.OpenAI
) -> None:
    bed.set_quota("alice", 4)
    with pytest.raises(openai.PermissionDeniedError) as raised:
        create_output(service, b"12345")
    assert raised.value.code == "storage_quota_exceeded"


def test_an_owner_deletes_batch_output(alice: openai.OpenAI, service: openai.OpenAI) -> None:
    file = create_output(service)
    assert alice.files.delete(file.id).deleted


def test_a_service_reads_the_owner_s_files(alice: openai.OpenAI, service: openai.OpenAI) -> None:
    file = alice.files.create(file=("input.jsonl", b"input"), purpose="batch")
    assert service.files.retrieve(file.id) == file
    assert service.files.content(file.id).content == b"input"
    assert service.files.list().data == [file]


def test_a_service_does_not_read_what_another_owner_has(
    bob: openai.OpenAI, service: openai.OpenAI
) -> None:
    file = bob.files.create(file=("input.jsonl", b"input"), purpose="batch")
    with pytest.raises(openai.NotFoundError):
        service.files.retrieve(file.id)


def test_a_service_does_not_write_other_files_for_an_owner(service: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        service.files.create(file=("a.jsonl", b"x"), purpose="batch")


def test_a_service_does_not_delete(alice: openai.OpenAI, service: openai.OpenAI) -> None:
    file = alice.files.create(file=("a.jsonl", b"x"), purpose="batch")
    with pytest.raises(openai.PermissionDeniedError):
        service.files.delete(file.id)
    assert alice.files.retrieve(file.id) == file


def test_what_a_service_may_not_delete_it_is_not_told_about(service: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        service.files.delete("file-" + "0" * 26)


def test_a_service_that_names_nobody_has_files_of_its_own(bed: Bed) -> None:
    key = bed.api_key("batch-system", scopes=("service",))
    http = bed.http_of("batch-system")
    http.headers["Authorization"] = f"Bearer {key}"
    form = {"file": ("a", b"x")}
    assert http.post("/files", data={"purpose": "batch"}, files=form).status_code == 200
    assert http.post("/files", data={"purpose": "batch-output"}, files=form).status_code == 403


def test_a_service_may_name_itself(bed: Bed) -> None:
    itself = bed.client_of("batch-system", acting_for="batch-system")
    assert create_output(itself).to_dict()["purpose"] == "batch-output"


def test_the_gateway_s_memory_of_a_key_does_not_remember_the_owner(bed: Bed) -> None:
    http = bed.http_of("batch-system", acting_for="alice")
    form = {"file": ("a", b"x")}
    http.post("/files", data={"purpose": "batch-output"}, files=form)
    for owner, files in (("alice", 1), ("bob", 0), ("alice", 1)):
        answer = http.get("/files", headers={"Larder-Owner": owner})
        assert len(answer.json()["data"]) == files


@pytest.mark.parametrize("owner", ["bob", "alice"])
def test_another_key_names_no_owner_not_even_its_own(bed: Bed, owner: str) -> None:
    answer = bed.http_of("alice").get("/files", headers={"larder-owner": owner})
    assert answer.status_code == 403


def test_fine_tune_is_taken_once_the_stage_lists_it(bed: Bed, alice: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="'fine-tune' is not supported yet"):
        alice.files.create(file=("a.jsonl", b"x"), purpose="fine-tune")
    with bed.deployed_with(upload_purposes=("batch", "fine-tune")):
        file = alice.files.create(file=("a.jsonl", b"x"), purpose="fine-tune")
    assert alice.files.list(purpose="fine-tune").data == [file]
