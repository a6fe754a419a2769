"""Where a deployment is to be asked, as its stacks say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from larder.admin.deployment import AwsError, Deployment, translated_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class Stacks:
    """What the API's stack and the front door's say of themselves.

    Args:
        base_url: The one to use.
        regional_url: API Gateway's own, past the front door.
        has_front_door: Whether there is one.
        functions: The names of the Lambda functions.
    """

    base_url: str
    regional_url: str
    has_front_door: bool
    functions: tuple[str, ...]


def find_stacks(deployment: Deployment, prefix: str, base_url: str | None) -> Stacks:
    """Read the stacks `<prefix>-api` and `<prefix>-front-door`, if there is one.

    A base URL that is given takes the place of the stacks': on a machine of one's own the front
    door is no stack, and any other URL than API Gateway's is its. Raises AwsError without an API.
    """
    with translated_errors():
        cloudformation = deployment.session.client("cloudformation")
        api = _outputs(cloudformation, f"{prefix}-api")
        if api is None:
            raise AwsError(f"no stack {prefix}-api: deploy it, or name another --stage")
        front_door = _outputs(cloudformation, f"{prefix}-front-door")
        functions = tuple(_functions(cloudformation, f"{prefix}-api"))
    regional_url = api.get("RegionalUrl") or api["ApiUrl"]
    known = (front_door or api).get("ApiUrl", regional_url)
    requested = (base_url or known).rstrip("/")
    is_local = requested not in (known.rstrip("/"), regional_url.rstrip("/"))
    return Stacks(
        requested, regional_url.rstrip("/"), front_door is not None or is_local, functions
    )


def _outputs(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str] | None:
    """Return a stack's outputs, None where there is no such stack."""
    from botocore.exceptions import ClientError

    try:
        answer = cloudformation.describe_stacks(StackName=stack)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise
    outputs = answer["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def _functions(cloudformation: "CloudFormationClient", stack: str) -> Iterator[str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    for page in pages:
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                yield resource["PhysicalResourceId"]
