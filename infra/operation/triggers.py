"""Rollback triggers: the alarms that CloudFormation watches for the API's stack."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.operation.account import Account
from infra.operation.found import FoundStack, resources

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

# The alarms of infra/constructs/alarms.py that show a bad version; CloudFormation takes five.
TRIGGERS = (
    "ServerErrors",
    "FilesFailing",
    "UploadsFailing",
    "AuthorizerFailing",
    "SlowAnswers",
)
_MOST_TRIGGERS = 5
_ALARM = "AWS::CloudWatch::Alarm"


@dataclass(frozen=True, slots=True)
class Watch:
    """What CloudFormation watches.

    Args:
        minutes: How long after an update.
        triggers: The types of alarms by their ARNs.
    """

    minutes: int
    triggers: Mapping[str, str]


def describe_stack(stack: FoundStack, account: Account) -> "StackTypeDef":
    """A stack's present description by CloudFormation."""
    [described] = account.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    return described


def saved_of(described: "StackTypeDef") -> Watch:
    """The rollback settings that CloudFormation has saved."""
    saved = described.get("RollbackConfiguration", {})
    triggers = {each["Arn"]: each["Type"] for each in saved.get("RollbackTriggers", [])}
    return Watch(saved.get("MonitoringTimeInMinutes", 0), triggers)


def alarms_of(described: "StackTypeDef", stack: FoundStack, account: Account) -> dict[str, str]:
    """The ARNs of the stack's alarms in TRIGGERS, by their names there."""
    _, partition, _, region, number, *_ = described["StackId"].split(":")
    arns = {
        trigger_of(each["LogicalResourceId"]): each["PhysicalResourceId"]
        for each in resources(account.cloudformation, stack)
        if each["ResourceType"] == _ALARM and each["ResourceStatus"] != "DELETE_COMPLETE"
    }
    return {
        name: f"arn:{partition}:cloudwatch:{region}:{number}:alarm:{arns[name]}"
        for name in TRIGGERS
        if name in arns
    }


def trigger_of(logical_id: str) -> str | None:
    """Which of TRIGGERS an alarm is, by its logical id."""
    named = re.fullmatch(r"Alarms(\w+)[0-9A-F]{8}", logical_id)
    return named[1] if named and named[1] in TRIGGERS else None


def is_ours(arn: str, stack: FoundStack) -> bool:
    """Whether an alarm is or was the stack's own, by the name that CloudFormation generated."""
    return f":alarm:{stack.name}-Alarms" in arn


def wanted(
    minutes: int | None, saved: Watch, alarms: Mapping[str, str], stack: FoundStack
) -> Watch:
    """The wanted rollback settings; triggers that the team added stay."""
    kept = {arn: kind for arn, kind in saved.triggers.items() if not is_ours(arn, stack)}
    if minutes is None:
        return Watch(saved.minutes if kept else 0, kept)
    triggers = [*kept.items(), *((arn, _ALARM) for arn in alarms.values())]
    return Watch(minutes, dict(triggers[:_MOST_TRIGGERS]))


def raised(watch: Watch, account: Account) -> list[str]:
    """The names of those triggers that are raised."""
    names = [arn.partition(":alarm:")[2] for arn in watch.triggers]
    if not names:
        return []
    answer = account.cloudwatch.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    return [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"]
