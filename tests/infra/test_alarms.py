from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.routes import ROUTES
from infra.stages import StageError
from tests.infra.conftest import WITH_FRONT_DOOR, Synthesized
from tests.infra.templates import ROOT, Assembly, in_words

WATCHFUL = replace(WITH_FRONT_DOOR, alarm_email="ops@example.com", quiet_hours=12)

WATCHED = {
    "ServerErrors": ("AWS/ApiGateway", "5XXError", 5),
    "SlowAnswers": ("AWS/ApiGateway", "Latency", 10_000),
    "DeadLetters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", 1),
    "ReaperBehind": ("AWS/Lambda", "IteratorAge", 3_600_000),
    "DamagedRecords": ("Larder", "DamagedRecords", 1),
    "CatalogReadsThrottled": ("AWS/DynamoDB", "ReadThrottleEvents", 10),
    "CatalogWritesThrottled": ("AWS/DynamoDB", "WriteThrottleEvents", 10),
}


# What a sum watches: so many functions, and their metrics.
SUMMED = {
    "FilesFailing": (8, {"Errors"}),
    "UploadsFailing": (8, {"Errors"}),
    "FilesThrottled": (8, {"Throttles"}),
    "UploadsThrottled": (8, {"Throttles"}),
    "AuthorizerFailing": (1, {"Errors", "Throttles"}),
}
MOST_SUMMED = 10  # metrics in the expression of one alarm


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
    known = {*WATCHED, *SUMMED}
    assert {one.path.split("/")[2] for one in prod.api.all_of("CloudWatch::Alarm")} == known


@pytest.mark.parametrize(("name", "summed"), SUMMED.items())
def test_an_alarm_sums_up_the_functions_metrics(
    name: str, summed: tuple[int, set[str]], prod: Assembly
) -> None:
    properties = alarm(prod, name)
    (total,) = [one for one in properties["Metrics"] if "Expression" in one]
    summands = [one["MetricStat"]["Metric"] for one in properties["Metrics"] if one is not total]
    functions = {in_words(prod, one["Dimensions"][0]["Value"]) for one in summands}
    assert total["Expression"] == "SUM(FILL(METRICS(), 0))"
    assert (len(functions), {one["MetricName"] for one in summands}) == summed
    assert len(summands) <= MOST_SUMMED
    assert properties["Threshold"] == 5


def test_every_endpoint_is_in_a_sum(prod: Assembly) -> None:
    summed = {
        in_words(prod, one["MetricStat"]["Metric"]["Dimensions"][0]["Value"])
        for name in ("FilesFailing", "UploadsFailing")
        for one in alarm(prod, name)["Metrics"]
        if "MetricStat" in one
    }
    endpoints = {prod.api.function(route.function.name).logical_id for route in ROUTES}
    assert summed == {f"<{name}>" for name in endpoints}


def test_a_stage_may_do_without_alarms_of_functions(local: Assembly) -> None:
    known = {one.path.split("/")[2] for one in local.api.all_of("CloudWatch::Alarm")}
    assert known == set(WATCHED)


def test_silence_is_no_alarm_unless_the_stage_says_so(prod: Assembly) -> None:
    assert not [one for one in prod.api.all_of("CloudWatch::Alarm") if "NoTraffic" in one.path]


def test_an_alarm_watches_this_deployments_own(prod: Assembly) -> None:
    own = {
        "DeadLetters": f"<{prod.api.only('SQS::Queue').logical_id}.QueueName>",
        "ReaperBehind": f"<{prod.api.function('reap').logical_id}>",
        "CatalogReadsThrottled": f"<{prod.data.only('DynamoDB::Table', 'Catalog').logical_id}>",
        "ServerErrors": "larder-prod",
        "SlowAnswers": "larder-prod",
        "DamagedRecords": "larder-prod",
    }
    for name, thing in own.items():
        (dimension,) = alarm(prod, name)["Dimensions"]
        assert in_words(prod, dimension["Value"]) == thing


def test_nobody_is_told_where_the_stage_names_nobody(prod: Assembly) -> None:
    assert prod.api.all_of("SNS::Topic") == []
    assert all("AlarmActions" not in a.properties for a in prod.api.all_of("CloudWatch::Alarm"))


def test_whom_the_stage_names_is_told_of_every_alarm(synthesized: Synthesized) -> None:
    watched = synthesized(WATCHFUL)
    for stack in (watched.api, watched.front_door):
        topic = stack.only("SNS::Topic").logical_id
        subscription = stack.only("SNS::Subscription").properties
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")
        for one in stack.all_of("CloudWatch::Alarm"):
            assert one.properties["AlarmActions"] == [{"Ref": topic}]


def test_silence_is_an_alarm_after_the_hours_that_the_stage_names(
    synthesized: Synthesized,
) -> None:
    properties = alarm(synthesized(WATCHFUL), "NoTraffic")
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/ApiGateway", "Count")
    assert (properties["Period"], properties["EvaluationPeriods"]) == (3600, 12)
    assert properties["ComparisonOperator"] == "LessThanOrEqualToThreshold"
    assert properties["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("hours", [0, 169])
def test_silence_has_a_bound(hours: int) -> None:
    with pytest.raises(StageError, match="quiet_hours may be 1 to 168"):
        replace(WITH_FRONT_DOOR, quiet_hours=hours)


def test_every_alarm_has_its_page_in_the_runbook(synthesized: Synthesized) -> None:
    """What it means, what to look at, what to do: under a heading with the alarm's name."""
    watched = synthesized(WATCHFUL)
    pages = (ROOT / "docs/runbook.md").read_text().split("\n### ")[1:]
    written = {page.partition("\n")[0].split(" ")[0]: page for page in pages}
    for stack, prefix in ((watched.api, ""), (watched.front_door, "FrontDoor")):
        for one in stack.all_of("CloudWatch::Alarm"):
            page = written.pop(f"{prefix}{one.path.split('/')[2]}")
            for part in ("**Means.**", "**Look at.**", "**Do.**"):
                assert part in page, f"{one.path} lacks {part}"
    assert written == {}


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
