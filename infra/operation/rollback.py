"""Rollback by alarm: at which alarms CloudFormation undoes a deployment of the API's stack.

The CDK's command line cannot say it: https://github.com/aws/aws-cdk/issues/5170. CloudFormation
saves what a stack was told, though, and goes by it in every later update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from infra.operation.found import API, FoundStack, find_stacks
from infra.operation.tools import Tools
from infra.operation.triggers import (
    Watch,
    alarms_of,
    describe_stack,
    is_ours,
    raised,
    saved_of,
    wanted,
)
from infra.stages import Stage

_EVERY_SECONDS = 5
_DENIED = ("AccessDenied", "AccessDeniedException")


def before(stage: Stage, stack: FoundStack | None, tools: Tools) -> None:
    """Say what would undo the deployment at once, and take away what is no longer wanted.

    Args:
        stage: Its settings.
        stack: The API's, if there is one.
        tools: What it is done with.
    """
    if stack is None or not stack.is_there:
        return
    with _explaining_refusal(stack.name, tools):
        described = describe_stack(stack, tools.account)
        saved = saved_of(described)
        if stage.rollback_minutes is None:
            if any(is_ours(arn, stack) for arn in saved.triggers):
                _set(wanted(None, saved, {}, stack), stack, tools)
            return
        alarms = alarms_of(described, stack, tools.account)
        if any(is_ours(arn, stack) and arn not in alarms.values() for arn in saved.triggers):
            # An alarm that is gone fails every update.
            _set(wanted(stage.rollback_minutes, saved, alarms, stack), stack, tools)
        for name in raised(saved, tools.account):
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
    with _explaining_refusal(f"{stage.prefix}-{API}", tools):
        stack = find_stacks(tools.account.cloudformation, stage).get(API)
        if stack is None:
            return
        described = describe_stack(stack, tools.account)
        saved, alarms = saved_of(described), alarms_of(described, stack, tools.account)
        watch = wanted(stage.rollback_minutes, saved, alarms, stack)
        if watch == saved:
            return
        if up := raised(watch, tools.account):
            tools.say(
                f"{' and '.join(up)} is in ALARM, so CloudFormation was not told to watch it: "
                "it would undo that. `make deploy` tells it once the alarm is over."
            )
            return
        _set(watch, stack, tools)


def planned(stage: Stage, stack: FoundStack | None, tools: Tools) -> str | None:
    """What a deployment would arrange otherwise than it is; None is nothing.

    Args:
        stage: Its settings.
        stack: The API's, if there is one.
        tools: What it is asked with.
    """
    watched = f"have CloudFormation watch the next for {stage.rollback_minutes} minutes"
    if stack is None or not stack.is_there:
        return None if stage.rollback_minutes is None else watched
    with _explaining_refusal(stack.name, tools):
        described = describe_stack(stack, tools.account)
        saved = saved_of(described)
        if stage.rollback_minutes is None:
            ours = any(is_ours(arn, stack) for arn in saved.triggers)
            return "have no alarm undo a deployment any more" if ours else None
        alarms = alarms_of(described, stack, tools.account)
        if wanted(stage.rollback_minutes, saved, alarms, stack) != saved:
            return watched
    return None


def _set(watch: Watch, stack: FoundStack, tools: Tools) -> None:
    """Have a stack watched so from now on, and nothing else of it changed."""
    cloudformation = tools.account.cloudformation
    described = describe_stack(stack, tools.account)
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
    while (now := describe_stack(stack, tools.account))["StackStatus"].endswith("_IN_PROGRESS"):
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
def _explaining_refusal(name: str, tools: Tools) -> Iterator[None]:
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
