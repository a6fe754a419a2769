"""Rollback by alarm: what CloudFormation is told to watch, and what a person is told of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.choice import Choice
from infra.operation import rollback
from infra.operation.deploy import deploy
from infra.operation.found import FoundStack
from infra.operation.triggers import TRIGGERS
from infra.stages import STAGES, Stage
from tests.operation.stubs import Cdk
from tests.operation.watched import STACK, WatchedStack, alarm_name, arn, refusal, triggers

OFF = STAGES["prod"]
ON = replace(OFF, rollback_minutes=30)
FOUND = FoundStack(STACK, "UPDATE_COMPLETE", protected=False)
ALL = [arn(alarm_name(name)) for name in TRIGGERS]
OF_THE_TEAM = {"Arn": arn("theirs"), "Type": "AWS::CloudWatch::CompositeAlarm"}


@pytest.fixture
def cdk(tmp_path: Path) -> Cdk:
    return Cdk(tmp_path)


def test_after_a_deployment_the_alarms_of_a_bad_version_are_watched(cdk: Cdk) -> None:
    stack = WatchedStack()
    rollback.after(ON, cdk.tools(stack.account))
    assert stack.set == [(30, ALL)]
    assert cdk.printed[-1] == "The next deployment is undone at one of them."


def test_nothing_else_of_the_stack_is_changed(cdk: Cdk) -> None:
    stack = WatchedStack()
    rollback.after(ON, cdk.tools(stack.account))
    (update,) = stack.updates
    del update["RollbackConfiguration"]
    assert update == {
        "StackName": STACK,
        "UsePreviousTemplate": True,
        "Parameters": [{"ParameterKey": "BootstrapVersion", "UsePreviousValue": True}],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    }


def test_what_is_watched_already_is_not_told_again(cdk: Cdk) -> None:
    stack = WatchedStack(saved=triggers(*reversed(TRIGGERS)), minutes=30)
    rollback.after(ON, cdk.tools(stack.account))
    assert (stack.updates, cdk.printed) == ([], [])


def test_another_time_is_told(cdk: Cdk) -> None:
    stack = WatchedStack(saved=triggers(*TRIGGERS), minutes=10)
    rollback.after(ON, cdk.tools(stack.account))
    assert stack.set == [(30, ALL)]


def test_without_the_setting_nothing_is_watched(cdk: Cdk) -> None:
    stack = WatchedStack()
    rollback.before(OFF, FOUND, cdk.tools(stack.account))
    rollback.after(OFF, cdk.tools(stack.account))
    assert (stack.updates, cdk.printed) == ([], [])


def test_when_the_setting_goes_no_alarm_undoes_the_very_deployment(cdk: Cdk) -> None:
    stack = WatchedStack(saved=triggers(*TRIGGERS), minutes=30)
    rollback.before(OFF, FOUND, cdk.tools(stack.account))
    assert stack.set == [(0, [])]
    assert cdk.printed == [f"No alarm undoes a deployment of {STACK} any more."]


def test_what_a_team_watches_by_itself_stays(cdk: Cdk) -> None:
    stack = WatchedStack(saved=[*triggers(*TRIGGERS), OF_THE_TEAM], minutes=30)
    rollback.before(OFF, FOUND, cdk.tools(stack.account))
    assert stack.set == [(30, [OF_THE_TEAM["Arn"]])]


def test_with_what_a_team_watches_there_are_five_at_most(cdk: Cdk) -> None:
    stack = WatchedStack(saved=[OF_THE_TEAM])
    rollback.after(ON, cdk.tools(stack.account))
    assert stack.set == [(30, [OF_THE_TEAM["Arn"], *ALL[:4]])]
    (update,) = stack.updates
    kinds = [each["Type"] for each in update["RollbackConfiguration"]["RollbackTriggers"]]
    assert kinds == ["AWS::CloudWatch::CompositeAlarm", *["AWS::CloudWatch::Alarm"] * 4]


def test_an_alarm_that_is_gone_is_forgotten_before_it_fails_the_deployment(cdk: Cdk) -> None:
    stack = WatchedStack(alarms=TRIGGERS[:2], saved=triggers(*TRIGGERS), minutes=30)
    rollback.before(ON, FOUND, cdk.tools(stack.account))
    assert stack.set == [(30, ALL[:2])]


def test_a_raised_alarm_is_told_before_it_undoes_the_deployment(cdk: Cdk) -> None:
    stack = WatchedStack(saved=triggers(*TRIGGERS), minutes=30, raised=["FilesFailing"])
    rollback.before(ON, FOUND, cdk.tools(stack.account))
    (sentence,) = cdk.printed
    assert sentence.startswith(f"{alarm_name('FilesFailing')} is in ALARM now, at which")
    assert "rollback_minutes = false" in sentence
    assert stack.updates == []


def test_a_raised_alarm_does_not_undo_that_it_is_watched(cdk: Cdk) -> None:
    stack = WatchedStack(raised=["ServerErrors"])
    rollback.after(ON, cdk.tools(stack.account))
    assert stack.updates == []
    assert "`make deploy` tells it once the alarm is over." in cdk.printed[0]


@pytest.mark.parametrize("found", [None, FoundStack(STACK, "ROLLBACK_COMPLETE", protected=False)])
def test_before_a_first_deployment_nothing_is_watched(cdk: Cdk, found: FoundStack | None) -> None:
    stack = WatchedStack(raised=["ServerErrors"])
    rollback.before(ON, found, cdk.tools(stack.account))
    assert (stack.updates, cdk.printed) == ([], [])


def test_it_is_waited_for(cdk: Cdk) -> None:
    busy = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]
    rollback.after(ON, cdk.tools(WatchedStack(statuses=busy).account))
    assert cdk.told == [["pause"]] * 2


def test_an_alarm_meanwhile_is_told_with_the_reason(cdk: Cdk) -> None:
    undone = ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
    rollback.after(ON, cdk.tools(WatchedStack(statuses=undone).account))
    assert cdk.printed[-1] == (
        f"What CloudFormation watches of {STACK} is as it was, which is now "
        "UPDATE_ROLLBACK_COMPLETE: An alarm was raised. What is deployed stays."
    )


def test_an_update_that_changes_nothing_is_no_error(cdk: Cdk) -> None:
    nothing = refusal("UpdateStack", "ValidationError", "No updates are to be performed.")
    rollback.after(ON, cdk.tools(WatchedStack(refuses=nothing).account))
    assert (
        cdk.printed[-1] == f"CloudFormation found nothing to change in what it watches of {STACK}."
    )


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("UpdateStack", "cloudformation:UpdateStack"),
        ("DescribeAlarms", "cloudwatch:DescribeAlarms"),
    ],
)
def test_whoever_may_not_is_told_the_right_that_is_wanted(
    cdk: Cdk, operation: str, right: str
) -> None:
    stack = WatchedStack(refuses=refusal(operation, "AccessDenied"))
    rollback.after(ON, cdk.tools(stack.account))
    assert cdk.printed[-1].endswith(f"whoever deploys needs {right} for it.")


def test_another_refusal_is_told_in_aws_words(cdk: Cdk) -> None:
    stack = WatchedStack(refuses=refusal("UpdateStack", "Throttling", "Rate exceeded"))
    rollback.after(ON, cdk.tools(stack.account))
    assert cdk.printed[-1].endswith("could not be seen to: Rate exceeded")


@pytest.mark.parametrize(("stage", "when"), [(ON, [0]), (OFF, [1])])
def test_it_is_set_after_a_deployment_and_taken_away_before(
    cdk: Cdk, stage: Stage, when: list[int]
) -> None:
    stack = WatchedStack(saved=triggers(*TRIGGERS), minutes=10)
    told: list[int] = []
    cdk.then = lambda arguments: told.append(len(stack.updates)) if "--all" in arguments else None
    assert deploy(Choice(stage="prod"), stage, cdk.tools(stack.account), approved=True) == 0
    assert (told, len(stack.updates)) == (when, 1)


def test_a_deployment_does_not_fail_for_what_is_not_watched(cdk: Cdk) -> None:
    stack = WatchedStack(refuses=refusal("UpdateStack", "AccessDenied"))
    assert deploy(Choice(stage="prod"), ON, cdk.tools(stack.account), approved=True) == 0


def test_a_deployment_that_failed_changes_nothing_of_it(cdk: Cdk) -> None:
    stack = WatchedStack()
    cdk.codes = [0, 1]
    assert deploy(Choice(stage="prod"), ON, cdk.tools(stack.account), approved=True) == 1
    assert stack.updates == []


@pytest.mark.parametrize(
    ("stack", "stage", "planned"),
    [
        (WatchedStack(), OFF, None),
        (WatchedStack(), ON, "have CloudFormation watch the next for 30 minutes"),
        (WatchedStack(saved=triggers(*TRIGGERS), minutes=30), ON, None),
        (
            WatchedStack(saved=triggers(*TRIGGERS), minutes=30),
            OFF,
            "have no alarm undo a deployment any more",
        ),
    ],
)
def test_what_would_be_watched_otherwise_is_told(
    cdk: Cdk, stack: WatchedStack, stage: Stage, planned: str | None
) -> None:
    assert rollback.planned(stage, FOUND, cdk.tools(stack.account)) == planned
    assert stack.updates == []
