"""The commands by which a person does what no program here does."""

from collections.abc import Iterable, Mapping
from typing import Any

from infra.operation.found import BEGUN_ANEW, FoundStack, physical_ids

Resources = Iterable[Mapping[str, Any]]


def recovery(stack: FoundStack, held: Resources, region: str) -> str | None:
    """What is wrong with a stack that no deployment can change, and the commands that mend it.

    Args:
        stack: A stack that there is.
        held: What it holds.
        region: Where it is.
    """
    match stack.status:
        case status if status.endswith("_IN_PROGRESS") and status not in BEGUN_ANEW:
            return f"{stack.name} is {status}: somebody is changing it. Wait until that is done."
        case "ROLLBACK_COMPLETE" | "REVIEW_IN_PROGRESS" if stack.protected:
            state = f"{BEGUN_ANEW[stack.status]} But it is protected, so it is in the way."
            commands = removal(stack, held, region)
        case "ROLLBACK_FAILED":
            state = "Its first deployment failed, and not all of it could be undone."
            commands = removal(stack, held, region)
        case "DELETE_FAILED":
            state = "It was being deleted, and something in it could not be."
            commands = removal(stack, (), region)
        case "UPDATE_ROLLBACK_FAILED":
            state = "An update failed, and going back to what was before it failed too."
            commands = _return(stack, region)
        case _:
            return None
    return (
        f"{stack.name} is {stack.status}. {state} "
        f"The way out, and then this command again:\n{as_lines(commands)}"
    )


def removal(
    stack: FoundStack, held: Resources, region: str, *, with_content: bool = False
) -> list[str]:
    """What deletes a stack, and then its tables and buckets, which it leaves.

    Args:
        stack: What is deleted.
        held: What it holds.
        region: Where it is.
        with_content: Delete what is in the buckets too; else one that has anything stays.
    """
    held = list(held)
    aws, at = "aws cloudformation", f"--stack-name {stack.name} --region {region}"
    commands = [f"{aws} delete-stack {at}", f"{aws} wait stack-delete-complete {at}"]
    if stack.protected:
        unprotect = "update-termination-protection --no-enable-termination-protection"
        commands.insert(0, f"{aws} {unprotect} {at}")
    for table in physical_ids(held, "AWS::DynamoDB::Table"):
        at = f"--table-name {table} --region {region}"
        commands += [
            f"aws dynamodb update-table --no-deletion-protection-enabled {at}",
            f"aws dynamodb delete-table {at}",
        ]
    # The one whose log the other holds goes first, or S3 writes on.
    buckets = sorted(physical_ids(held, "AWS::S3::Bucket"), key=lambda name: "accesslogs" in name)
    force = "--force " if with_content else ""
    commands += [f"aws s3 rb {force}s3://{bucket} --region {region}" for bucket in buckets]
    return commands


def _return(stack: FoundStack, region: str) -> list[str]:
    """What brings a stack back to what it was before an update."""
    aws, at = "aws cloudformation", f"--stack-name {stack.name} --region {region}"
    return [
        f"{aws} describe-stack-events {at}  # says why; mend that first",
        f"{aws} continue-update-rollback {at}",
        f"{aws} wait stack-rollback-complete {at}",
    ]


def as_lines(commands: Iterable[str]) -> str:
    """Commands as they are printed."""
    return "\n".join(f"  {command}" for command in commands)
