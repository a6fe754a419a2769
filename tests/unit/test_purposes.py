"""What a file is for, and who may say so."""

from dataclasses import replace

import pytest

from lambdas.core.callers import Caller
from lambdas.core.errors import InvalidRequest, PermissionDenied
from lambdas.core.limits import Limits
from lambdas.core.purposes import PURPOSES, known_purpose, writable_purpose
from tests.bed.environment import limits_as_json

LIMITS = Limits.from_json(limits_as_json())
ALICE = Caller("alice")
SERVICE_FOR_ALICE = Caller("alice", service="batch-system")


def test_an_owner_writes_batch_files() -> None:
    assert writable_purpose("batch", ALICE, LIMITS) == "batch"


def test_fine_tune_is_refused_by_name_until_the_stage_lists_it() -> None:
    with pytest.raises(InvalidRequest, match="'fine-tune' is not supported yet") as raised:
        writable_purpose("fine-tune", ALICE, LIMITS)
    assert raised.value.param == "purpose"
    assert "Allowed: 'batch'" in raised.value.message


def test_fine_tune_is_taken_once_the_stage_lists_it() -> None:
    limits = replace(LIMITS, upload_purposes=("batch", "fine-tune"))
    assert writable_purpose("fine-tune", ALICE, limits) == "fine-tune"


@pytest.mark.parametrize("purpose", [None, "", "Batch", "assistants", 1, True, ["batch"], {}])
def test_an_unknown_purpose_is_refused_naming_the_allowed(purpose: object) -> None:
    with pytest.raises(InvalidRequest, match="Allowed: 'batch'") as raised:
        writable_purpose(purpose, ALICE, LIMITS)
    assert raised.value.param == "purpose"


def test_an_owner_does_not_write_batch_output() -> None:
    with pytest.raises(PermissionDenied) as raised:
        writable_purpose("batch-output", ALICE, LIMITS)
    assert raised.value.param == "purpose"


def test_an_owner_does_not_write_batch_output_even_where_the_stage_lists_it() -> None:
    limits = replace(LIMITS, upload_purposes=("batch", "batch-output"))
    with pytest.raises(PermissionDenied):
        writable_purpose("batch-output", ALICE, limits)


def test_a_service_writes_batch_output_for_an_owner() -> None:
    assert writable_purpose("batch-output", SERVICE_FOR_ALICE, LIMITS) == "batch-output"


@pytest.mark.parametrize("purpose", ["batch", "fine-tune", "assistants", None, ["batch-output"]])
def test_a_service_writes_nothing_else_for_an_owner(purpose: object) -> None:
    with pytest.raises(PermissionDenied):
        writable_purpose(purpose, SERVICE_FOR_ALICE, LIMITS)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_list_is_filtered_by_every_known_purpose(purpose: str) -> None:
    assert known_purpose(purpose) == purpose


def test_a_list_is_not_filtered_by_another_one() -> None:
    allowed = "'batch', 'fine-tune', 'batch-output'"
    with pytest.raises(InvalidRequest, match=f"Allowed: {allowed}") as raised:
        known_purpose("nonsense")
    assert raised.value.param == "purpose"
