"""Stand-ins for what an operation asks: a CDK that only writes down, and CloudFormation's words."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.operation.account import Account
from infra.operation.deploy import Tools

TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": ["owner"]}}


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


@dataclass
class Cdk:
    """The CDK's command line: what it was told, and what it would do then."""

    root: Path
    data_template: str = template(Catalog=TABLE)
    codes: list[int] = field(default_factory=list)
    then: Callable[[Sequence[str]], None] = lambda _: None
    told: list[list[str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def run(self, arguments: Sequence[str]) -> int:
        self.told.append(list(arguments))
        self.then(arguments)
        return self.codes.pop(0) if self.codes else 0

    def synthesize(self, arguments: Sequence[str]) -> int:
        written = self.root / "cdk.out" / "larder-prod-data.template.json"
        written.parent.mkdir(exist_ok=True)
        written.write_text(self.data_template)
        return self.run(arguments)

    def tools(self, account: Account) -> Tools:
        return Tools(
            account=account,
            run=self.run,
            synthesize=self.synthesize,
            say=self.said.append,
            root=self.root,
        )

    @property
    def deployments(self) -> list[list[str]]:
        return [arguments for arguments in self.told if arguments[0] == "deploy"]

    @property
    def protections(self) -> list[str]:
        """What each synthesis was told of protection."""
        words = [word for arguments in self.told for word in arguments]
        return [word.partition("=")[2] for word in words if word.startswith("protect=")]


@dataclass
class StuckCloudFormation:
    """CloudFormation, which has one stack in a state that moto never gets into."""

    name: str
    status: str
    protected: bool = False
    holds: Sequence[Mapping[str, str]] = ()

    def get_paginator(self, _operation: str) -> "StuckCloudFormation":
        return self

    def paginate(self, *, StackName: str) -> Sequence[Any]:  # noqa: N803
        assert StackName == self.name
        return [{"StackResourceSummaries": self.holds}]

    def describe_stacks(self, *, StackName: str) -> Mapping[str, Any]:  # noqa: N803
        from botocore.exceptions import ClientError  # noqa: PLC0415

        if StackName != self.name:
            missing = {"Code": "ValidationError", "Message": f"Stack {StackName} does not exist"}
            raise ClientError({"Error": missing}, "DescribeStacks")  # type: ignore[typeddict-item]
        stack = {"StackStatus": self.status, "EnableTerminationProtection": self.protected}
        return {"Stacks": [stack]}
