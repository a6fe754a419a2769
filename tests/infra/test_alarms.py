from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.infra.conftest import WITH_FRONT_DOOR, Synthesized
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
    told = synthesized(replace(WITH_FRONT_DOOR, alarm_email="ops@example.com"))
    for stack in (told.api, told.front_door):
        topic = stack.only("SNS::Topic").logical_id
        subscription = stack.only("SNS::Subscription").properties
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
        for one in stack.all_of("CloudWatch::Alarm"):
            assert one.properties["AlarmActions"] == [{"Ref": topic}]


OF_THE_FRONT_DOOR = {
    "UnhealthyTasks": ("UnHealthyHostCount", 1, 2),
    "ServerErrors": ("HTTPCode_Target_5XX_Count", 5, 1),
    "NoAnswer": ("HTTPCode_ELB_5XX_Count", 5, 1),
    "Full": (None, 28.8, 10),  # nine tenths of 32 requests, by an expression
    "Busy": ("CPUUtilization", 90, 3),
    "Memory": ("MemoryUtilization", 90, 1),
}


def test_the_front_door_s_alarms_are_known(with_front_door: Assembly) -> None:
    watched = {
        one.path.split("/")[2]: (
            one.properties.get("MetricName"),
            one.properties["Threshold"],
            one.properties["EvaluationPeriods"],
        )
        for one in with_front_door.front_door.all_of("CloudWatch::Alarm")
    }
    assert watched == OF_THE_FRONT_DOOR


def test_a_front_door_changes_no_other_alarm(prod: Assembly, with_front_door: Assembly) -> None:
    def alarms(assembly: Assembly) -> list[Mapping[str, Any]]:
        return [one.body for one in assembly.api.all_of("CloudWatch::Alarm")]

    assert alarms(with_front_door) == alarms(prod)
