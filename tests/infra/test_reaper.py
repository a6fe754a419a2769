"""What the reaper is called with, and what becomes of what it cannot do."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks.contention.scenarios import REAPER_BATCH
from infra.routes import ROUTES
from infra.stages import STAGES
from lambdas.core import ids
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly, in_words


def mapping(assembly: Assembly) -> Mapping[str, Any]:
    return assembly.api.only("Lambda::EventSourceMapping").properties


def is_sent(assembly: Assembly, record: Mapping[str, Any]) -> bool:
    """Whether Lambda's filter lets a record through: any filter, and each of its keys."""
    filters = mapping(assembly)["FilterCriteria"]["Filters"]
    return any(matches(json.loads(one["Pattern"]), record) for one in filters)


def matches(pattern: Any, value: Any) -> bool:
    """Lambda's event patterns, as far as equality and prefixes go.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
    """
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and matches(inner, value[key]) for key, inner in pattern.items()
        )
    return any(
        value.startswith(wanted["prefix"]) if isinstance(wanted, dict) else value == wanted
        for wanted in pattern
    )


def record(event: str, identifier: str) -> dict[str, Any]:
    return {
        "eventName": event,
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"owner": {"S": "alice"}, "id": {"S": identifier}}},
    }


def test_the_reaper_is_called_by_the_catalogs_stream(every_stage: Assembly) -> None:
    catalog = every_stage.data.only("DynamoDB::Table", "Catalog").logical_id
    source = in_words(every_stage, mapping(every_stage)["EventSourceArn"])
    assert source == f"<{catalog}.StreamArn>"
    reap = every_stage.api.function("reap").logical_id
    assert mapping(every_stage)["FunctionName"] == {"Fn::GetAtt": [reap, "Arn"]}


def test_no_endpoint_is_there_before_the_reaper_that_knows_its_markers(prod: Assembly) -> None:
    reap = prod.api.function("reap").logical_id
    for route in ROUTES:
        assert reap in prod.api.function(route.function.name).body["DependsOn"]


def test_it_hears_of_what_was_removed_before_it_was_there(prod: Assembly) -> None:
    assert mapping(prod)["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("identifier", [f"{ids.FILE}01abc", f"{ids.UPLOAD}01abc"])
def test_it_hears_of_removed_files_and_uploads(identifier: str, prod: Assembly) -> None:
    assert is_sent(prod, record("REMOVE", identifier))


@pytest.mark.parametrize(
    "identifier", ["usage", "released#file-01abc", "released#upload_01abc", "idempotency#ab12"]
)
def test_it_hears_of_no_other_removal(identifier: str, prod: Assembly) -> None:
    assert not is_sent(prod, record("REMOVE", identifier))


@pytest.mark.parametrize("event", ["INSERT", "MODIFY"])
def test_it_hears_of_no_write(event: str, prod: Assembly) -> None:
    assert not is_sent(prod, record(event, f"{ids.FILE}01abc"))


def test_a_batch_is_answered_in_part_halved_and_tried_ten_times(every_stage: Assembly) -> None:
    properties = mapping(every_stage)
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["BisectBatchOnFunctionError"] is True
    assert properties["MaximumRetryAttempts"] == 10
    assert properties["BatchSize"] == 100


def test_what_fails_to_the_end_is_kept_in_a_queue(every_stage: Assembly) -> None:
    queue = every_stage.api.only("SQS::Queue")
    (destination,) = mapping(every_stage)["DestinationConfig"]["OnFailure"].values()
    assert destination == {"Fn::GetAtt": [queue.logical_id, "Arn"]}
    assert queue.properties["SqsManagedSseEnabled"] is True
    assert queue.properties["MessageRetentionPeriod"] == 14 * 86_400


def test_the_queue_refuses_plain_http(prod: Assembly) -> None:
    policy = prod.api.only("SQS::QueuePolicy").properties["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_removals_are_gathered_for_as_long_as_the_stage_says(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        window = mapping(synthesized(stage))["MaximumBatchingWindowInSeconds"]
        assert window == stage.reap_after_seconds


def test_the_simulation_takes_as_many_records_at_once(prod: Assembly) -> None:
    assert mapping(prod)["BatchSize"] == REAPER_BATCH
