"""Rollback by alarm: at which alarms CloudFormation undoes a deployment of the API's stack.

The CDK's command line cannot say it: https://github.com/aws/aws-cdk/issues/5170. CloudFormation
saves what a stack was told, though, and goes by it in every later update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.operation.account import Account
from infra.operation.found import API, FoundStack, find_stacks, resources
from infra.operation.tools import Tools
from infra.stages import Stage

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

# Those of infra/constructs/alarms.py that tell of a bad version; CloudFormation takes five.
TRIGGERS = (
    "ServerErrors",
    "FilesFailing",
    "UploadsFailing",
    "AuthorizerFailing",
    "SlowAnswers",
)
_MOST_TRIGGERS = 5
_ALARM = "AWS::CloudWatch::Alarm"
_EVERY_SECONDS = 5
_DENIED = ("AccessDenied", "AccessDeniedException")


@dataclass(frozen=True, slots=True)
class Watch:
    """What CloudFormation watches.

    Args:
        minutes: How long after an update.
        triggers: The types of alarms by their ARNs.
    """

    minutes: int
    triggers: Mapping[str, str]


def before(stage: Stage, stack: FoundStack | None, tools: Tools) -> None:
    """Say what would undo the deployment at once, and take away what is no longer wanted.

    Args:
        stage: Its settings.
        stack: The API's, if there is one.
        tools: What it is done with.
    """
    if stack is None or not stack.is_there:
        return
    with _told(stack.name, tools):
        described = _describe(stack, tools.account)
        saved = _saved(described)
        if stage.rollback_minutes is None:
            if any(_is_ours(arn, stack) for arn in saved.triggers):
                _set(_wanted(None, saved, {}, stack), stack, tools)
            return
        alarms = _alarms(described, stack, tools.account)
        if any(_is_ours(arn, stack) and arn not in alarms.values() for arn in saved.triggers):
            # An alarm that is gone fails every update.
            _set(_wanted(stage.rollback_minutes, saved, alarms, stack), stack, tools)
        for name in _raised(saved, tools.account):
            tools.say(
                f"{name} is in ALARM now, at which CloudFormation undoes what is deployed. "
                "docs/runbook.md says what to do about it; rollback_minutes = false, for this "
                "once, deploys all the same."
            )


def after(stage: Stage, tools: Tools) -> None:
    """Tell CloudFormation at which alarms it undoes the next deployment.

    The alarms are the stack's own, so they may be others after each deployment.

    Args:
        stage: Its settings.
        tools: What it is done with.
    """
    if stage.rollback_minutes is None:
        return
    with _told(f"{stage.prefix}-{API}", tools):
        stack = find_stacks(tools.account.cloudformation, stage).get(API)
        if stack is None:
            return
        described = _describe(stack, tools.account)
        saved, alarms = _saved(described), _alarms(described, stack, tools.account)
        wanted = _wanted(stage.rollback_minutes, saved, alarms, stack)
        if wanted == saved:
            return
        if raised := _raised(wanted, tools.account):
            tools.say(
                f"{' and '.join(raised)} is in ALARM, so CloudFormation was not told to watch it: "
                "it would undo that. `make deploy` tells it once the alarm is over."
            )
            return
        _set(wanted, stack, tools)


def _describe(stack: FoundStack, account: Account) -> "StackTypeDef":
    [described] = account.cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    return described


def _saved(described: "StackTypeDef") -> Watch:
    saved = described.get("RollbackConfiguration", {})
    triggers = {each["Arn"]: each["Type"] for each in saved.get("RollbackTriggers", [])}
    return Watch(saved.get("MonitoringTimeInMinutes", 0), triggers)


def _alarms(described: "StackTypeDef", stack: FoundStack, account: Account) -> dict[str, str]:
    """The ARNs of the stack's alarms that tell of a bad version, by their names here."""
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
    """Which of TRIGGERS an alarm is, by CloudFormation's own name of it."""
    named = re.fullmatch(r"Alarms(\w+)[0-9A-F]{8}", logical_id)
    return named[1] if named and named[1] in TRIGGERS else None


def _is_ours(arn: str, stack: FoundStack) -> bool:
    """Whether an alarm is, or was, of the stack, whose name begins those of all in it."""
    return f":alarm:{stack.name}-" in arn


def _wanted(
    minutes: int | None, saved: Watch, alarms: Mapping[str, str], stack: FoundStack
) -> Watch:
    """What is to be watched; a trigger that a team set by itself stays."""
    kept = {arn: kind for arn, kind in saved.triggers.items() if not _is_ours(arn, stack)}
    if minutes is None:
        return Watch(saved.minutes if kept else 0, kept)
    triggers = [*kept.items(), *((arn, _ALARM) for arn in alarms.values())]
    return Watch(minutes, dict(triggers[:_MOST_TRIGGERS]))


def _raised(watch: Watch, account: Account) -> list[str]:
    """The names of those triggers that are raised."""
    names = [arn.partition(":alarm:")[2] for arn in watch.triggers]
    if not names:
        return []
    answer = account.cloudwatch.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    return [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"]


def _set(watch: Watch, stack: FoundStack, tools: Tools) -> None:
    """Have a stack watched so from now on, and nothing else of it changed."""
    cloudformation = tools.account.cloudformation
    described = _describe(stack, tools.account)
    if watch.triggers:
        tools.say(
            f"CloudFormation is told to watch {len(watch.triggers)} alarms of {stack.name}; it "
            f"begins with this, which may take {watch.minutes} minutes …"
        )
    try:
        cloudformation.update_stack(
            StackName=stack.name,
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
                for each in described.get("Parameters", [])
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            RollbackConfiguration={
                "RollbackTriggers": [
                    {"Arn": arn, "Type": kind} for arn, kind in watch.triggers.items()
                ],
                "MonitoringTimeInMinutes": watch.minutes,
            },
        )
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        tools.say(f"CloudFormation found nothing to change in what it watches of {stack.name}.")
        return
    _wait(stack, tools, watched=bool(watch.triggers))


def _wait(stack: FoundStack, tools: Tools, *, watched: bool) -> None:
    while (now := _describe(stack, tools.account))["StackStatus"].endswith("_IN_PROGRESS"):
        tools.pause(_EVERY_SECONDS)
    if now["StackStatus"] != "UPDATE_COMPLETE":
        why = now.get("StackStatusReason", "its events say why")
        tools.say(
            f"What CloudFormation watches of {stack.name} is as it was, which is now "
            f"{now['StackStatus']}: {why}. What is deployed stays."
        )
    elif watched:
        tools.say("The next deployment is undone at one of them.")
    else:
        tools.say(f"No alarm undoes a deployment of {stack.name} any more.")


@contextmanager
def _told(name: str, tools: Tools) -> Iterator[None]:
    """Say what AWS refused; a deployment does not fail for it."""
    about = f"What CloudFormation watches of {name} could not be seen to"
    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        if answer.get("Code") in _DENIED:
            service = "cloudwatch" if "Alarm" in error.operation_name else "cloudformation"
            tools.say(f"{about}: whoever deploys needs {service}:{error.operation_name} for it.")
        else:
            tools.say(f"{about}: {answer.get('Message', error)}")
    except BotoCoreError as error:
        tools.say(f"{about}: {error}")
