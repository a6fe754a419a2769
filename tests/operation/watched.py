"""CloudFormation and CloudWatch, with the API's stack, its alarms and what is watched of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.exceptions import ClientError

from infra.operation.account import Account
from infra.operation.triggers import TRIGGERS

STACK = "larder-prod-api"
HERE = "eu-central-1:111122223333"


def alarm_name(name: str) -> str:
    return f"{STACK}-Alarms{name}0123ABCD-x1"


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{HERE}:alarm:{name}"


def triggers(*names: str) -> list[dict[str, str]]:
    return [{"Arn": arn(alarm_name(name)), "Type": "AWS::CloudWatch::Alarm"} for name in names]


def refusal(operation: str, code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass
class WatchedStack:
    """A stack as moto does not have it: with what CloudFormation saved of it."""

    alarms: Sequence[str] = (*TRIGGERS, "NoTraffic", "DeadLetters")
    saved: Sequence[Mapping[str, str]] = ()
    minutes: int = 0
    raised: Sequence[str] = ()
    statuses: list[str] = field(default_factory=list)
    refuses: ClientError | None = None
    updates: list[dict[str, Any]] = field(default_factory=list)
    _status: str = "CREATE_COMPLETE"

    @property
    def account(self) -> Account:
        here = cast("Any", self)
        return Account("eu-central-1", here, cast("Any", None), here)

    @property
    def set(self) -> list[tuple[int, list[str]]]:
        """Each time that it was told what to watch: for how long, and which alarms."""
        configurations = [update["RollbackConfiguration"] for update in self.updates]
        return [
            (each["MonitoringTimeInMinutes"], [one["Arn"] for one in each["RollbackTriggers"]])
            for each in configurations
        ]

    def describe_stacks(self, *, StackName: str) -> Mapping[str, Any]:  # noqa: N803
        if StackName != STACK:
            raise refusal("DescribeStacks", "ValidationError", f"{StackName} does not exist")
        if self.updates and self.statuses:
            self._status = self.statuses.pop(0)
        stack = {
            "StackId": f"arn:aws:cloudformation:{HERE}:stack/{STACK}/1",
            "StackStatus": self._status,
            "StackStatusReason": "An alarm was raised",
            "Parameters": [{"ParameterKey": "BootstrapVersion", "ParameterValue": "/there"}],
            "RollbackConfiguration": {
                "RollbackTriggers": self.saved,
                "MonitoringTimeInMinutes": self.minutes,
            },
        }
        return {"Stacks": [stack]}

    def update_stack(self, **request: Any) -> None:
        self._refuse("UpdateStack")
        self.updates.append(request)
        self._status = "UPDATE_COMPLETE"

    def get_paginator(self, _operation: str) -> "WatchedStack":
        return self

    def paginate(self, *, StackName: str) -> Sequence[Any]:  # noqa: N803
        assert StackName == STACK
        held = [
            {
                "ResourceType": "AWS::CloudWatch::Alarm",
                "ResourceStatus": "CREATE_COMPLETE",
                "LogicalResourceId": f"Alarms{name}0123ABCD",
                "PhysicalResourceId": alarm_name(name),
            }
            for name in self.alarms
        ]
        queue = {"ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_COMPLETE"}
        return [{"StackResourceSummaries": held}, {"StackResourceSummaries": [queue]}]

    def describe_alarms(
        self,
        *,
        AlarmNames: Sequence[str],  # noqa: N803
        AlarmTypes: Sequence[str],  # noqa: N803
    ) -> Mapping[str, Any]:
        self._refuse("DescribeAlarms")
        assert AlarmTypes == ["MetricAlarm", "CompositeAlarm"]
        raised = {alarm_name(name) for name in self.raised}
        states = [
            {"AlarmName": name, "StateValue": "ALARM" if name in raised else "OK"}
            for name in AlarmNames
        ]
        return {"MetricAlarms": states}

    def _refuse(self, operation: str) -> None:
        if self.refuses and self.refuses.operation_name == operation:
            raise self.refuses
