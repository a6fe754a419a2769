"""Deletes a stage: with its data, or all but its data if the stage is retained."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.operation.account import Account, plain_errors
from infra.operation.by_hand import as_lines, removal
from infra.operation.errors import OperationError
from infra.operation.found import API, DATA, FRONT_DOOR, FoundStack, find_stacks, physical_ids
from infra.operation.found import resources as resources_of
from infra.stages import Stage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_EVERY_SECONDS = 5
_BUCKET = "AWS::S3::Bucket"
_TABLE = "AWS::DynamoDB::Table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demolition:
    """What deleting a stage needs.

    Args:
        account: Where it is.
        say: Prints a line for a person.
        ask: Asks a person, and returns the answer.
        pause: Waits for some seconds.
    """

    account: Account
    say: Callable[[str], None]
    ask: Callable[[str], str]
    pause: Callable[[float], None] = time.sleep


def destroy(stage: Stage, tools: Demolition, *, approved: bool) -> None:
    """Delete a stage's stacks, the last first, and its data unless the stage is retained.

    Args:
        stage: What is deleted.
        tools: What it needs.
        approved: Do not ask.

    Raises:
        OperationError: There is none, it is protected, nobody agreed, or AWS refused.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
        going = [stacks[part] for part in _going(stage) if part in stacks]
        what_stays = stage.retain and DATA in stacks
        if not going and not what_stays:
            raise OperationError(
                f"There is no stack of {stage.prefix} to delete in {tools.account.region}."
            )
        _refuse_protected(going, stage)
        if going and not approved:
            _ask(going, stage, tools)
        for stack in going:
            if not stage.retain:
                _empty_buckets(stack, tools)
            _delete(stack, tools)
    if what_stays:
        tools.say(_what_stays(stacks[DATA], tools.account))


def _going(stage: Stage) -> Sequence[str]:
    return (FRONT_DOOR, API) if stage.retain else (FRONT_DOOR, API, DATA)


def _refuse_protected(going: Sequence[FoundStack], stage: Stage) -> None:
    if protected := [stack.name for stack in going if stack.protected]:
        raise OperationError(
            f"{' and '.join(protected)} is still protected, as it was deployed to be kept. "
            f"`make deploy STAGE={stage.name}` ends that; then run this again."
        )


def _ask(going: Sequence[FoundStack], stage: Stage, tools: Demolition) -> None:
    tools.say(f"This deletes {', '.join(stack.name for stack in going)} in {tools.account.region}.")
    if not stage.retain:
        tools.say("Every file and API key in it goes too, for good.")
    if tools.ask(f"Type the stage's name, {stage.name}, to go on: ").strip() != stage.name:
        raise OperationError("Nothing was deleted.")


def _empty_buckets(stack: FoundStack, tools: Demolition) -> None:
    found = resources_of(tools.account.cloudformation, stack)
    for bucket in physical_ids(found, _BUCKET):
        if count := sum(_emptied(tools.account.s3, bucket)):
            tools.say(f"Deleted {count} objects from {bucket}.")


def _emptied(s3: "S3Client", bucket: str) -> Iterator[int]:
    """Delete every object, page by page; how many were on each. No bucket has versions."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys: list[ObjectIdentifierTypeDef] = [
            {"Key": item["Key"]} for item in page.get("Contents", [])
        ]
        if not keys:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        if refused := answer.get("Errors"):
            why = refused[0].get("Message", "it gave no reason")
            raise OperationError(f"S3 would not empty {bucket}: {why}")
        yield len(keys)


def _delete(stack: FoundStack, tools: Demolition) -> None:
    cloudformation = tools.account.cloudformation
    tools.say(f"Deleting {stack.name} …")
    # A deleted stack can only be found by its id.
    [described] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    stack_id = described["StackId"]
    cloudformation.delete_stack(StackName=stack.name)
    while True:
        [now] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
        status = now["StackStatus"]
        if status == "DELETE_COMPLETE":
            return
        if status != "DELETE_IN_PROGRESS" and status.endswith(("_COMPLETE", "_FAILED")):
            why = now.get("StackStatusReason", "its events say why")
            raise OperationError(
                f"{stack.name} is {status}: {why}. Mend that, or wait a while if S3 has written "
                "more of its log into a bucket, and run this again."
            )
        tools.pause(_EVERY_SECONDS)


def _what_stays(data: FoundStack, account: Account) -> str:
    held = list(resources_of(account.cloudformation, data))
    tables, buckets = physical_ids(held, _TABLE), physical_ids(held, _BUCKET)
    commands = removal(data, held, account.region, with_content=True)
    return (
        f"What users stored stays: {data.name} with {len(tables)} tables and {len(buckets)} "
        "buckets. `make deploy` has it served again. To delete it for good, by hand:\n"
        f"{as_lines(commands)}"
    )
