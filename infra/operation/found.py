"""A deployment's stacks as CloudFormation has them, and what they hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.stages import Stage

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

DATA, API, FRONT_DOOR = "data", "api", "front-door"
PARTS = (DATA, API, FRONT_DOOR)  # each uses those before it

# No deployment of it has succeeded yet, or it is going.
_NOT_THERE = ("CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_", "REVIEW_", "DELETE_")
# The CDK deletes a stack in such a state and begins anew, unless that is protected.
BEGUN_ANEW = {
    "ROLLBACK_COMPLETE": "Its first deployment failed and was undone.",
    "REVIEW_IN_PROGRESS": "Its first deployment was prepared and never begun.",
}


@dataclass(frozen=True, slots=True)
class FoundStack:
    """A stack that there is.

    Args:
        name: CloudFormation's name of it.
        status: Such as CREATE_COMPLETE.
        protected: Whether CloudFormation refuses to delete it.
    """

    name: str
    status: str
    protected: bool

    @property
    def is_there(self) -> bool:
        """Whether a deployment of it has succeeded, whatever came after."""
        return not self.status.startswith(_NOT_THERE)


def find_stacks(cloudformation: "CloudFormationClient", stage: Stage) -> dict[str, FoundStack]:
    """The stage's stacks that there are, by PARTS."""
    found = {part: _find(cloudformation, f"{stage.prefix}-{part}") for part in PARTS}
    return {part: stack for part, stack in found.items() if stack is not None}


def _find(cloudformation: "CloudFormationClient", name: str) -> FoundStack | None:
    try:
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        answer = error.response.get("Error", {})
        if answer.get("Code") == "ValidationError" and "not exist" in answer.get("Message", ""):
            return None
        raise
    return FoundStack(name, stack["StackStatus"], stack.get("EnableTerminationProtection", False))


def resources(
    cloudformation: "CloudFormationClient", stack: FoundStack
) -> Iterator[Mapping[str, Any]]:
    """What a stack holds, by CloudFormation's own words."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    for page in pages:
        yield from page["StackResourceSummaries"]


def physical_ids(found: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    """The names of those resources of a type that are still there."""
    return [
        each["PhysicalResourceId"]
        for each in found
        if each["ResourceType"] == kind
        and each.get("PhysicalResourceId")
        and each["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def begun_anew(stack: FoundStack) -> str | None:
    """What is printed about a stack that the CDK replaces by itself."""
    if stack.protected or stack.status not in BEGUN_ANEW:
        return None
    return f"{stack.name} is {stack.status}. {BEGUN_ANEW[stack.status]} It is made anew now."
