"""Purposes as OpenAI spells and has them, where Larder has others."""

from typing import Any

import openai
import pytest

from tests.bed.bed import Bed
from tests.bed.uploader import Uploader

NEVER_STORED = (
    "assistants",
    "assistants_output",
    "evals",
    "fine-tune-results",
    "user_data",
    "vision",
)
SPELLINGS = ("batch-output", "batch_output")


@pytest.mark.parametrize("purpose", NEVER_STORED)
def test_a_filter_by_a_purpose_that_is_never_stored_is_an_empty_page(
    bed: Bed, alice: openai.OpenAI, purpose: str
) -> None:
    alice.files.create(file=("a.jsonl", b"{}"), purpose="batch")
    answer = bed.http_of("alice").get("/files", params={"purpose": purpose, "limit": 1})
    assert answer.status_code == 200
    assert answer.json() == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


def test_a_filter_by_a_purpose_that_is_never_stored_asks_no_table(bed: Bed) -> None:
    http = bed.http_of("alice")
    bed.wire.calls.clear()
    assert http.get("/files", params={"purpose": "assistants"}).status_code == 200
    assert "Query" not in [call.operation for call in bed.wire.calls]


def test_bad_parameters_are_refused_whatever_the_purpose(bed: Bed) -> None:
    answer = bed.http_of("alice").get("/files", params={"purpose": "vision", "limit": 0})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "limit")


@pytest.mark.parametrize("purpose", ["nonsense", "Batch", "batch output", "fine_tune", "batch-"])
def test_a_filter_by_nonsense_is_refused(bed: Bed, purpose: str) -> None:
    answer = bed.http_of("alice").get("/files", params={"purpose": purpose})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "purpose")


@pytest.mark.parametrize("purpose", SPELLINGS)
def test_batch_output_is_found_by_either_spelling(
    bed: Bed, service: openai.OpenAI, purpose: Any
) -> None:
    alice = bed.client_of("alice", strict=False)
    alice.files.create(file=("in.jsonl", b"{}"), purpose="batch")
    file = service.files.create(file=("out.jsonl", b"{}"), purpose=purpose)
    assert file.to_dict()["purpose"] == "batch-output"
    for spelling in SPELLINGS:
        assert alice.files.list(purpose=spelling).data == [file]


@pytest.mark.parametrize("purpose", SPELLINGS)
def test_an_upload_of_batch_output_takes_either_spelling(
    alice_uploads: Uploader, service_uploads: Uploader, purpose: str
) -> None:
    upload = service_uploads.begin(3, purpose=purpose)
    assert upload["purpose"] == "batch-output"
    file = service_uploads.complete(upload, [service_uploads.stage(upload, b"abc")])
    assert file["purpose"] == "batch-output"
    assert alice_uploads.files() == [file]


@pytest.mark.parametrize("purpose", SPELLINGS)
def test_an_owner_begins_no_upload_of_batch_output_however_it_is_spelled(
    bed: Bed, alice_uploads: Uploader, purpose: str
) -> None:
    answered = alice_uploads.try_to_begin(3, purpose=purpose)
    assert (answered.status_code, answered.json()["error"]["param"]) == (403, "purpose")
    assert bed.items() == []


def test_either_spelling_is_the_same_request(service: openai.OpenAI) -> None:
    files = [
        service.files.create(
            file=("out.jsonl", b"{}"),
            purpose=purpose,  # type: ignore[arg-type]
            extra_headers={"Idempotency-Key": "once"},
        )
        for purpose in SPELLINGS
    ]
    assert files[0] == files[1]
