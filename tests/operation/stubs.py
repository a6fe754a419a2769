"""Stand-ins for what an operation asks: a CDK that only writes down, and CloudFormation's words."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.operation.account import Account
from infra.operation.tools import Tools

TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": ["owner"]}}
QUEUE = {"Type": "AWS::SQS::Queue"}
# One that moto makes.
REAL_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "AttributeDefinitions": [{"AttributeName": "owner", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
}


def template(**resources: Any) -> str:
    return json.dumps({"Resources": resources})


@dataclass
class Cdk:
    """The CDK's command line: what it was told, and what it would do then."""

    root: Path
    data_template: str = template(Catalog=TABLE)
    api_template: str = template()
    codes: list[int] = field(default_factory=list)
    then: Callable[[Sequence[str]], None] = lambda _: None
    told: list[list[str]] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)

    def run(self, arguments: Sequence[str]) -> int:
        self.told.append(list(arguments))
        self.then(arguments)
        return self.codes.pop(0) if self.codes else 0

    def synthesize(self, arguments: Sequence[str]) -> int:
        assembly = self.root / "cdk.out"
        assembly.mkdir(exist_ok=True)
        for part, written in (("data", self.data_template), ("api", self.api_template)):
            (assembly / f"larder-prod-{part}.template.json").write_text(written)
        return self.run(arguments)

    def tools(self, account: Account) -> Tools:
        return Tools(
            account=account,
            run=self.run,
            synthesize=self.synthesize,
            say=self.printed.append,
            root=self.root,
            pause=lambda _: self.told.append(["pause"]),
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
