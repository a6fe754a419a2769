"""`make diff`: what is said of each stack, and what `make deploy` would do."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from infra.choice import Choice
from infra.operation.account import Account
from infra.operation.difference import difference
from infra.stages import STAGES
from tests.operation.stubs import QUEUE, REAL_TABLE, TABLE, Cdk, StuckCloudFormation, template

PROD = STAGES["prod"]
CHOICE = Choice(stage="prod")
LOUD = {**QUEUE, "Properties": {"DelaySeconds": 3}}
LEAVE = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {"Action": "call", "FunctionName": "F", "Principal": "anybody"},
}


@pytest.fixture
def cdk(tmp_path: Path) -> Cdk:
    """What is written is what `deployed` deploys."""
    return Cdk(tmp_path, template(Catalog=REAL_TABLE), template(Letters=QUEUE))


@pytest.fixture
def deployed(account: Account, cdk: Cdk) -> Account:
    create(account, "data", cdk.data_template)
    create(account, "api", cdk.api_template)
    return account


def create(account: Account, part: str, body: str) -> None:
    account.cloudformation.create_stack(StackName=f"larder-prod-{part}", TemplateBody=body)


def test_no_change_is_one_sentence(deployed: Account, cdk: Cdk) -> None:
    assert difference(CHOICE, PROD, cdk.tools(deployed), full=False) == 0
    (sentence,) = cdk.printed
    assert sentence == (
        "`make deploy` would change nothing: larder-prod-data and larder-prod-api are deployed "
        "as written."
    )


def test_each_stack_is_told_and_what_would_be_done(deployed: Account, cdk: Cdk) -> None:
    cdk.api_template = template(Letters=LOUD)
    assert difference(CHOICE, PROD, cdk.tools(deployed), full=False) == 0
    assert cdk.printed == [
        "larder-prod-data: nothing changes",
        "larder-prod-api:",
        "  changed: queue Letters (DelaySeconds)",
        "`make deploy` would change larder-prod-api.",
    ]


def test_what_undoes_the_next_is_told(deployed: Account, cdk: Cdk) -> None:
    cdk.api_template = template(Letters=LOUD)
    difference(CHOICE, replace(PROD, rollback_minutes=9), cdk.tools(deployed), full=False)
    assert cdk.printed[-1] == (
        "`make deploy` would change larder-prod-api. "
        "Then it would have CloudFormation watch the next for 9 minutes."
    )


def test_more_permissions_are_listed(deployed: Account, cdk: Cdk) -> None:
    cdk.api_template = template(Letters=QUEUE, Leave=LEAVE)
    difference(CHOICE, PROD, cdk.tools(deployed), full=False)
    assert cdk.printed[-3:] == [
        "More may be done than now:",
        "  anybody may call on F",
        "`make deploy` would change larder-prod-api, and ask before it does, unless YES=1.",
    ]


def test_a_first_deployment_is_told_by_what_it_makes(account: Account, cdk: Cdk) -> None:
    assert difference(CHOICE, PROD, cdk.tools(account), full=False) == 0
    *stacks, done = cdk.printed
    assert stacks == ["larder-prod-data is new: 1 table", "larder-prod-api is new: 1 queue"]
    assert done == (
        "`make deploy` would make larder-prod-data and larder-prod-api, and ask before it does, "
        "unless YES=1."
    )


def test_a_stack_that_is_no_longer_asked_for_is_told(deployed: Account, cdk: Cdk) -> None:
    create(deployed, "front-door", template(Letters=QUEUE))
    assert difference(CHOICE, PROD, cdk.tools(deployed), full=False) == 0
    stays, done = cdk.printed[-2:]
    assert stays.startswith("larder-prod-front-door is no longer asked for, and stays.")
    assert done == "`make deploy` would change no stack."


@pytest.mark.parametrize("full", [False, True])
def test_a_loss_is_said_first_and_is_the_exit_code(
    deployed: Account, cdk: Cdk, *, full: bool
) -> None:
    cdk.data_template = template()
    assert difference(CHOICE, PROD, cdk.tools(deployed), full=full) == 1
    assert cdk.printed[0] == "`make deploy` refuses this: It would remove the table Catalog."
    assert ("`make deploy` would refuse." in cdk.printed) is not full


def test_a_stack_that_is_stuck_is_said(cdk: Cdk) -> None:
    stuck = cast("Any", StuckCloudFormation("larder-prod-data", "ROLLBACK_FAILED"))
    account = Account("eu-central-1", stuck, cast("Any", None), cast("Any", None))
    assert difference(CHOICE, PROD, cdk.tools(account), full=False) == 1
    assert cdk.printed[0].startswith(
        "`make deploy` refuses this: larder-prod-data is ROLLBACK_FAILED."
    )
    assert cdk.printed[-1] == "`make deploy` would refuse."


def test_in_full_it_is_the_cdks_own(deployed: Account, cdk: Cdk) -> None:
    cdk.codes = [0, 3]
    assert difference(CHOICE, PROD, cdk.tools(deployed), full=True) == 3
    assert cdk.told[-1] == ["diff", "--app", "cdk.out"]
    assert cdk.printed == []


def test_a_difference_is_to_what_would_be_deployed(account: Account, cdk: Cdk) -> None:
    difference(CHOICE, PROD, cdk.tools(account), full=False)
    create(account, "data", template(Catalog=REAL_TABLE))
    cdk.data_template = template(Catalog={**TABLE, **REAL_TABLE})
    difference(CHOICE, PROD, cdk.tools(account), full=False)
    assert cdk.protections == ["false", "true"]
