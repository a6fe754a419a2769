"""`make deploy`: what CloudFormation has decides what the CDK is told."""

from pathlib import Path
from typing import Any, cast

import pytest

from infra.choice import Choice
from infra.operation.account import Account
from infra.operation.deploy import deploy
from infra.operation.errors import OperationError
from infra.operation.found import FoundStack
from infra.stages import STAGES
from tests.operation.stubs import QUEUE, REAL_TABLE, Cdk, StuckCloudFormation, template

PROD = STAGES["prod"]
CHOICE = Choice(stage="prod")


@pytest.fixture
def cdk(tmp_path: Path) -> Cdk:
    return Cdk(tmp_path)


def create(account: Account, name: str = "larder-prod-data", body: str | None = None) -> None:
    account.cloudformation.create_stack(
        StackName=name, TemplateBody=body or template(Letters=QUEUE)
    )


def has_stuck(status: str, *, protected: bool, name: str = "larder-prod-data") -> Account:
    stuck = cast("Any", StuckCloudFormation(name, status, protected))
    return Account("eu-central-1", stuck, cast("Any", None), cast("Any", None))


def test_a_first_deployment_is_protected_once_it_has_succeeded(account: Account, cdk: Cdk) -> None:
    assert deploy(CHOICE, PROD, cdk.tools(account), approved=True) == 0
    assert cdk.protections == ["false", "true"]
    first, second = cdk.deployments
    assert first == ["deploy", "--app", "cdk.out", "--all", "--require-approval", "never"]
    assert second[:5] == ["deploy", "--app", "cdk.out", "larder-prod-data", "--exclusively"]


def test_a_first_deployment_that_fails_is_not_protected(account: Account, cdk: Cdk) -> None:
    cdk.codes = [0, 1]
    assert deploy(CHOICE, PROD, cdk.tools(account), approved=True) == 1
    assert cdk.protections == ["false"]


def test_what_was_deployed_before_is_protected_all_the_time(account: Account, cdk: Cdk) -> None:
    create(account)
    assert deploy(CHOICE, PROD, cdk.tools(account), approved=True) == 0
    assert cdk.protections == ["true"]
    assert len(cdk.deployments) == 1


def test_a_stage_that_is_not_retained_is_deployed_once(account: Account, cdk: Cdk) -> None:
    assert deploy(Choice(stage="dev"), STAGES["dev"], cdk.tools(account), approved=True) == 0
    assert len(cdk.deployments) == 1


def test_the_cdk_asks_unless_somebody_has_approved(account: Account, cdk: Cdk) -> None:
    create(account)
    deploy(CHOICE, PROD, cdk.tools(account), approved=False)
    assert cdk.deployments == [["deploy", "--app", "cdk.out", "--all"]]


def test_the_app_is_told_what_was_said(account: Account, cdk: Cdk) -> None:
    choice = Choice(stage="prod", deployment="ours", front_door="", alarm_email="a@b")
    deploy(choice, PROD, cdk.tools(account), approved=True)
    context = [word for word in cdk.told[0] if "=" in word]
    assert context == ["stage=prod", "deployment=ours", "alarm_email=a@b", "protect=false"]


def test_without_templates_nothing_is_deployed(account: Account, cdk: Cdk) -> None:
    cdk.codes = [1]
    with pytest.raises(OperationError, match="templates could not be made"):
        deploy(CHOICE, PROD, cdk.tools(account), approved=True)
    assert cdk.deployments == []


@pytest.mark.parametrize(
    ("status", "protected", "commands"),
    [
        ("ROLLBACK_COMPLETE", True, ["update-termination-protection", "delete-stack", "wait"]),
        ("REVIEW_IN_PROGRESS", True, ["update-termination-protection", "delete-stack", "wait"]),
        ("ROLLBACK_FAILED", False, ["delete-stack", "wait"]),
        ("ROLLBACK_FAILED", True, ["update-termination-protection", "delete-stack", "wait"]),
        ("DELETE_FAILED", False, ["delete-stack", "wait"]),
        (
            "UPDATE_ROLLBACK_FAILED",
            True,
            ["describe-stack-events", "continue-update-rollback", "wait"],
        ),
    ],
)
def test_a_stuck_stack_is_told_with_the_commands_that_mend_it(
    cdk: Cdk, status: str, commands: list[str], *, protected: bool
) -> None:
    with pytest.raises(OperationError) as refusal:
        deploy(CHOICE, PROD, cdk.tools(has_stuck(status, protected=protected)), approved=True)
    first, *lines = str(refusal.value).splitlines()
    assert first.startswith(f"larder-prod-data is {status}. ")
    assert [line.split()[2] for line in lines] == commands
    assert all("--stack-name larder-prod-data --region eu-central-1" in line for line in lines)
    assert cdk.told == []


def test_what_a_failed_deployment_left_goes_by_commands_too(cdk: Cdk) -> None:
    left = [
        {"ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "table-1"},
        {"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": "accesslogs-2"},
        {"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": "bucket-3"},
        {"ResourceType": "AWS::SQS::Queue", "PhysicalResourceId": "queue-4"},
    ]
    holds = [{**each, "ResourceStatus": "DELETE_SKIPPED"} for each in left]
    holds.append({**holds[0], "PhysicalResourceId": "gone", "ResourceStatus": "DELETE_COMPLETE"})
    stuck = StuckCloudFormation("larder-prod-data", "ROLLBACK_FAILED", holds=holds)
    account = Account("eu-central-1", cast("Any", stuck), cast("Any", None), cast("Any", None))
    with pytest.raises(OperationError) as refusal:
        deploy(CHOICE, PROD, cdk.tools(account), approved=True)
    table = "--table-name table-1 --region eu-central-1"
    assert [line.strip() for line in str(refusal.value).splitlines()[-4:]] == [
        f"aws dynamodb update-table --no-deletion-protection-enabled {table}",
        f"aws dynamodb delete-table {table}",
        "aws s3 rb s3://bucket-3 --region eu-central-1",
        "aws s3 rb s3://accesslogs-2 --region eu-central-1",
    ]


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_somebody_changes_is_waited_for(cdk: Cdk, status: str) -> None:
    with pytest.raises(OperationError, match=f"larder-prod-data is {status}: somebody is changing"):
        deploy(CHOICE, PROD, cdk.tools(has_stuck(status, protected=False)), approved=True)
    assert cdk.told == []


@pytest.mark.parametrize("part", ["api", "front-door"])
def test_whichever_stack_is_stuck_is_told(cdk: Cdk, part: str) -> None:
    stuck = has_stuck("UPDATE_ROLLBACK_FAILED", protected=False, name=f"larder-prod-{part}")
    with pytest.raises(OperationError, match=f"larder-prod-{part} is UPDATE_ROLLBACK_FAILED"):
        deploy(CHOICE, PROD, cdk.tools(stuck), approved=True)


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("CREATE_COMPLETE", True),
        ("UPDATE_COMPLETE", True),
        ("UPDATE_ROLLBACK_COMPLETE", True),
        ("UPDATE_IN_PROGRESS", True),
        ("CREATE_IN_PROGRESS", False),
        ("ROLLBACK_COMPLETE", False),
        ("REVIEW_IN_PROGRESS", False),
        ("DELETE_FAILED", False),
    ],
)
def test_what_was_deployed_once_stays_protected(status: str, *, there: bool) -> None:
    assert FoundStack("larder-prod-data", status, protected=False).is_there is there


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_what_the_cdk_makes_anew_is_a_first_deployment(cdk: Cdk, status: str) -> None:
    stuck = has_stuck(status, protected=False)
    assert deploy(CHOICE, PROD, cdk.tools(stuck), approved=True) == 0
    assert cdk.printed[0].startswith(f"larder-prod-data is {status}. ")
    assert cdk.protections == ["false", "true"]


def test_a_table_is_not_removed(account: Account, cdk: Cdk) -> None:
    create(account, body=template(Catalog=REAL_TABLE))
    cdk.data_template = template()
    with pytest.raises(OperationError, match="It would remove the table Catalog"):
        deploy(CHOICE, PROD, cdk.tools(account), approved=True)
    assert cdk.deployments == []
