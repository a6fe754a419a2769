"""`make destroy`: dev with all in it, prod but for what users stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from infra.operation.account import Account
from infra.operation.destroy import Demolition, destroy
from infra.operation.errors import OperationError
from infra.stages import STAGES, Stage
from tests.operation.stubs import StuckCloudFormation, template

BUCKET = {"Type": "AWS::S3::Bucket"}
QUEUE = {"Type": "AWS::SQS::Queue"}
DEV, PROD = STAGES["dev"], STAGES["prod"]


@dataclass
class Person:
    """Who sits at the terminal."""

    account: Account
    answer: str = ""
    heard: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answer

    def destroy(self, stage: Stage, *, approved: bool = False) -> None:
        tools = Demolition(
            account=self.account, say=self.heard.append, ask=self.ask, pause=lambda _: None
        )
        destroy(stage, tools, approved=approved)


def deployed(account: Account, stage: Stage, parts: Sequence[str] = ("data", "api")) -> None:
    for part in parts:
        body = template(Content=BUCKET) if part == "data" else template(Letters=QUEUE)
        account.cloudformation.create_stack(StackName=f"{stage.prefix}-{part}", TemplateBody=body)


def there(account: Account) -> list[str]:
    stacks = account.cloudformation.describe_stacks()["Stacks"]
    return sorted(stack["StackName"] for stack in stacks)


def fill(account: Account, count: int) -> str:
    (bucket,) = account.s3.list_buckets()["Buckets"]
    for number in range(count):
        account.s3.put_object(Bucket=bucket["Name"], Key=f"parts/{number}", Body=b"x")
    return bucket["Name"]


def test_dev_goes_with_all_that_is_in_it(account: Account) -> None:
    deployed(account, DEV)
    fill(account, 3)
    Person(account).destroy(DEV, approved=True)
    assert there(account) == []
    assert account.s3.list_buckets()["Buckets"] == []


@pytest.mark.slow
def test_a_bucket_of_more_than_a_page_is_emptied(account: Account) -> None:
    deployed(account, DEV)
    bucket = fill(account, 1001)
    person = Person(account)
    person.destroy(DEV, approved=True)
    assert f"Deleted 1001 objects from {bucket}." in person.heard


def test_the_stacks_go_in_the_order_in_which_they_use_each_other(account: Account) -> None:
    deployed(account, DEV, ("data", "api", "front-door"))
    person = Person(account)
    person.destroy(DEV, approved=True)
    deleting = [line for line in person.heard if line.startswith("Deleting")]
    assert [line.split()[1] for line in deleting] == [
        "larder-dev-front-door",
        "larder-dev-api",
        "larder-dev-data",
    ]


def test_another_stage_stays(account: Account) -> None:
    deployed(account, DEV)
    deployed(account, PROD, ("api",))
    Person(account).destroy(DEV, approved=True)
    assert there(account) == ["larder-prod-api"]


def test_a_person_types_the_stages_name(account: Account) -> None:
    deployed(account, DEV)
    person = Person(account, answer="dev\n")
    person.destroy(DEV)
    assert person.asked == ["Type the stage's name, dev, to go on: "]
    assert there(account) == []


@pytest.mark.parametrize("answer", ["", "y", "prod"])
def test_another_answer_deletes_nothing(account: Account, answer: str) -> None:
    deployed(account, DEV)
    with pytest.raises(OperationError, match="Nothing was deleted"):
        Person(account, answer=answer).destroy(DEV)
    assert there(account) == ["larder-dev-api", "larder-dev-data"]


def test_prod_keeps_what_users_stored(account: Account) -> None:
    deployed(account, PROD)
    bucket = fill(account, 1)
    Person(account).destroy(PROD, approved=True)
    assert there(account) == ["larder-prod-data"]
    assert account.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_what_stays_of_prod_is_told_with_the_commands_that_delete_it(account: Account) -> None:
    deployed(account, PROD)
    bucket = fill(account, 0)
    person = Person(account)
    person.destroy(PROD, approved=True)
    message = person.heard[-1]
    assert "What users stored stays: larder-prod-data with 0 tables and 1 buckets." in message
    assert "delete-stack --stack-name larder-prod-data --region eu-central-1" in message
    assert f"aws s3 rb --force s3://{bucket} --region eu-central-1" in message


def test_what_stays_of_prod_is_told_again_and_nothing_is_asked(account: Account) -> None:
    deployed(account, PROD, parts=["data"])
    person = Person(account)
    person.destroy(PROD)
    assert "What users stored stays" in person.heard[-1]
    assert (person.asked, there(account)) == ([], ["larder-prod-data"])


def test_where_nothing_is_the_region_is_named(account: Account) -> None:
    with pytest.raises(OperationError, match="no stack of larder-dev to delete in eu-central-1"):
        Person(account).destroy(DEV, approved=True)


def test_a_stage_that_was_deployed_to_be_kept_is_not_deleted(account: Account) -> None:
    kept = StuckCloudFormation("larder-dev-data", "UPDATE_COMPLETE", protected=True)
    person = Person(Account("eu-central-1", cast("Any", kept), account.s3, account.cloudwatch))
    with pytest.raises(OperationError, match=r"still protected.*make deploy STAGE=dev"):
        person.destroy(DEV, approved=True)


@dataclass
class Refusing(StuckCloudFormation):
    """CloudFormation, which cannot delete what it holds."""

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        answer = super().describe_stacks(StackName=StackName)
        reason = {"StackId": self.name, "StackStatusReason": "The bucket is not empty"}
        answer["Stacks"][0].update(reason)
        return answer

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803
        self.status = "DELETE_FAILED"


def test_a_stack_that_cannot_be_deleted_says_why(account: Account) -> None:
    refusing = Refusing("larder-prod-api", "CREATE_COMPLETE")
    person = Person(Account("eu-central-1", cast("Any", refusing), account.s3, account.cloudwatch))
    with pytest.raises(OperationError, match="DELETE_FAILED: The bucket is not empty"):
        person.destroy(PROD, approved=True)
