from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.stages import STAGES
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly, in_words

WATCHED = {
    "ServerErrors": ("AWS/ApiGateway", "5XXError", 5),
    "DeadLetters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", 1),
    "ReaperBehind": ("AWS/Lambda", "IteratorAge", 3_600_000),
    "CatalogReadsThrottled": ("AWS/DynamoDB", "ReadThrottleEvents", 10),
    "CatalogWritesThrottled": ("AWS/DynamoDB", "WriteThrottleEvents", 10),
}


def alarm(assembly: Assembly, name: str) -> Mapping[str, Any]:
    return assembly.api.only("CloudWatch::Alarm", f"Alarms/{name}/").properties


@pytest.mark.parametrize(("name", "watched"), WATCHED.items())
def test_an_alarm_watches_its_metric(
    name: str, watched: tuple[str, str, int], prod: Assembly
) -> None:
    properties = alarm(prod, name)
    named = (properties["Namespace"], properties["MetricName"], properties["Threshold"])
    assert named == watched
    assert properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert properties["TreatMissingData"] == "notBreaching"


def test_there_is_no_alarm_that_no_test_knows(prod: Assembly) -> None:
    assert len(prod.api.all_of("CloudWatch::Alarm")) == len(WATCHED)


def test_an_alarm_watches_this_deployments_own(prod: Assembly) -> None:
    own = {
        "DeadLetters": f"<{prod.api.only('SQS::Queue').logical_id}.QueueName>",
        "ReaperBehind": f"<{prod.api.function('reap').logical_id}>",
        "CatalogReadsThrottled": f"<{prod.data.only('DynamoDB::Table', 'Catalog').logical_id}>",
        "ServerErrors": "larder-prod",
    }
    for name, thing in own.items():
        (dimension,) = alarm(prod, name)["Dimensions"]
        assert in_words(prod, dimension["Value"]) == thing


def test_nobody_is_told_where_the_stage_names_nobody(prod: Assembly) -> None:
    assert prod.api.all_of("SNS::Topic") == []
    assert all("AlarmActions" not in a.properties for a in prod.api.all_of("CloudWatch::Alarm"))


def test_whom_the_stage_names_is_told_of_every_alarm(synthesized: Synthesized) -> None:
    told = synthesized(replace(STAGES["prod"], alarm_email="ops@example.com"))
    topic = told.api.only("SNS::Topic").logical_id
    subscription = told.api.only("SNS::Subscription").properties
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
    for one in told.api.all_of("CloudWatch::Alarm"):
        assert one.properties["AlarmActions"] == [{"Ref": topic}]
