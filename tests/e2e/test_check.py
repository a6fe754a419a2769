"""The last tests: users while AWS fails, planted damage, and `larder admin` over it all."""

import json
import re
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import pytest

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from lambdas.stores.catalog.file_changes import put_file
from lambdas.stores.catalog.table import Table
from larder.admin.verify.run import PROMISES
from larder.cli import main
from tests.bed.backup import create_restored
from tests.bed.damage import Vandal
from tests.bed.stock import files_of
from tests.e2e.conftest import NewUser
from tests.e2e.operator import PAGE, POLICY, RESTORED_TABLE, Operator, operator_of
from tests.e2e.own_front_door import own_front_door
from tests.e2e.user import User
from tests.e2e.waiting import wait_until
from tests.soak.soak import soak

SOAK_SECONDS = 20
SOAKING = 2
FAULTS = {
    "fails",
    "is throttled",
    "loses its answer",
    "kills the function",
    "kills the front door",
}
ORPHANS = {"object_without_file", "upload_without_session"}
LONG_AGO = 1_700_000_000
# What no emulator shows.
UNSEEN = {"too-large", "tls", "cold-start", "slow-body"}

Check = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def check(user: User) -> Check:
    """Run `larder admin check` and return what it finds of the owners of this run.

    An earlier run on the kept deployment may have been killed in the middle of something.
    """
    run = user.owner.rpartition("-")[0]

    def check(*options: str) -> list[dict[str, Any]]:
        command = ("larder", "admin", "check", "--settle", "4s", "--json", *options)
        done = user.run(*command, check=False)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        left = [finding for finding in found if not finding["repaired"]]
        assert done.returncode == (1 if left else 0), done.stderr
        return [finding for finding in found if finding["owner"].startswith(run)]

    return check


def vandal_on(deployment: RunningDeployment, user: User) -> Vandal:
    """Whoever damages what a user has."""
    return Vandal(
        aws_session().client("s3", endpoint_url=deployment.endpoint_url),
        aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url),
        deployment.outputs["ContentBucket"],
        deployment.outputs["CatalogTable"],
        user.owner,
    )


@pytest.mark.timeout(600)  # on a busy machine the faults take their time to come
def test_users_keep_what_they_were_told_while_aws_fails_and_functions_die(
    deployment: RunningDeployment,
    new_user: NewUser,
    check: Check,
    record_property: Callable[[str, object], None],
) -> None:
    users = [new_user() for _ in range(SOAKING)]
    soaked = soak(deployment, users, SOAK_SECONDS, seed=0, kinds=FAULTS)
    record_property("soak", str(soaked))
    record_property("histories", soaked.verdict.counts)
    assert soaked.problems == []
    assert soaked.verdict.wrong == []
    assert soaked.verdict.undecided == []
    assert set(soaked.faults) == FAULTS, soaked
    assert check() == []
    # What a function had put when it died was never anybody's: within the grace period it may be
    # on its way to be shown, and without it is found and deleted.
    orphans = check("--grace", "0s", "--repair")
    assert {orphan["damage"] for orphan in orphans} <= ORPHANS
    assert all(orphan["repaired"] for orphan in orphans)


def test_each_kind_of_damage_is_found_and_mended(
    deployment: RunningDeployment, user: User, check: Check
) -> None:
    with user.sdk() as client:
        lost, cut, overdue, one, other, unshown = (
            client.files.create(file=("a.jsonl", b"12345"), purpose="batch").id for _ in range(6)
        )
    vandal = vandal_on(deployment, user)
    vandal.lose_object_of(lost)
    vandal.cut_object_of(cut, b"123")
    vandal.let_expire(overdue, LONG_AGO)
    vandal.leave_object()
    vandal.leave_multipart_upload()
    vandal.change_usage()
    vandal.swap_keys(one, other)
    vandal.mangle(unshown, file={"S": "{"})
    planted = {
        "file_without_object",
        "wrong_size",
        "overdue",
        "object_without_file",
        "upload_without_session",
        "wrong_usage",
        "wrong_key",
        "unreadable",
    }
    left = {"wrong_size", "unreadable"}
    assert {found["damage"] for found in check("--grace", "0s")} == planted
    mended = check("--grace", "0s", "--repair")
    assert {found["damage"] for found in mended if found["repaired"]} == planted - left
    assert {found["damage"] for found in check("--grace", "0s")} == left
    with user.sdk() as client:  # which bytes are lost is not for a command to decide
        assert {file.id for file in client.files.list()} == {cut, one, other}
        for file_id in (cut, unshown):
            client.files.delete(file_id)
    assert check("--grace", "0s") == []


def test_catalog_bucket_and_usage_agree_after_all_of_this(check: Check) -> None:
    # No grace: what the others did is over, and what the stream still has to do is waited for.
    wait_until(lambda: check("--grace", "0s") == [], seconds=60)


CHECKING = ("FindDeployment", "CheckCatalog", "CheckObjects")
RESTORING = (*CHECKING, "ReadRestored")
REPAIRING = (*CHECKING, "CheckContents", "RepairCatalog", "RepairObjects")
NEEDED = {
    "keys create --owner {owner}": ("FindDeployment", "MakeKeys"),
    "keys create --owner {owner} --quota 1GiB": ("FindDeployment", "MakeKeys", "SetQuotas"),
    "keys list": ("FindDeployment", "ListKeys"),
    "keys revoke {key}": ("FindDeployment", "ListKeys", "RevokeKeys"),
    "quota --owner {owner}": ("FindDeployment", "ShowQuotas"),
    "quota --owner {owner} --set 2GiB": ("FindDeployment", "ShowQuotas", "SetQuotas"),
    "check --settle 0s": CHECKING,
    "check --settle 0s --checksums": (*CHECKING, "CheckContents"),
    "check --settle 0s --grace 0s --repair": REPAIRING,
    f"restore --from {RESTORED_TABLE} --dry-run": RESTORING,
    f"restore --from {RESTORED_TABLE} --yes": (*RESTORING, "PutBack"),
}
"""The commands of `larder admin`, and which statements of the policy each needs."""

VERIFYING = (
    "FindDeployment",
    "FindStacks",
    "MakeKeys",
    "RevokeKeys",
    "SetQuotas",
    "CheckCatalog",
    "CheckObjects",
    "RepairCatalog",
    "SeeColdStarts",
    "Disturb",
)


@pytest.fixture
def operator(deployment: RunningDeployment, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Whose credentials `larder admin` has in this process."""
    operator = operator_of(deployment)
    for name, value in {**deployment.environment, **operator.credentials}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return operator


def damaged(deployment: RunningDeployment, user: User) -> None:
    """What takes every kind of repair: of items, of objects, and by what an object holds."""
    with user.sdk() as client:
        one, other, overdue = (
            client.files.create(file=("a.jsonl", b"12345"), purpose="batch").id for _ in range(3)
        )
    vandal = vandal_on(deployment, user)
    vandal.swap_keys(one, other)
    vandal.let_expire(overdue, LONG_AGO)
    vandal.leave_object()
    vandal.leave_multipart_upload()


def lost(deployment: RunningDeployment, user: User) -> None:
    """A file that is in a restored table and in the bucket, and not in the catalog."""
    dynamodb = aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url)
    with suppress(dynamodb.exceptions.ResourceInUseException):
        create_restored(dynamodb, RESTORED_TABLE)
    [file] = files_of(user.owner, 1, since=time.time(), size=len(b"lost"))
    item = put_file(Table(RESTORED_TABLE, dynamodb), file).operation["Put"]["Item"]
    dynamodb.put_item(TableName=RESTORED_TABLE, Item=item)
    vandal_on(deployment, user).put_object(file.object_key, b"lost")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("command", NEEDED)
def test_an_operator_needs_the_statements_of_the_policy_and_no_more(
    deployment: RunningDeployment,
    user: User,
    operator: Operator,
    command: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def is_allowed(sids: Collection[str]) -> bool:
        operator.may(sids)
        if "check" in command:
            damaged(deployment, user)
        if "restore" in command:
            lost(deployment, user)
        main(["admin", *command.format(owner=user.owner, key=user.key).split()])
        return "AWS refused" not in capsys.readouterr().err

    needed = NEEDED[command]
    allowed_without = [sid for sid in needed if is_allowed(set(needed) - {sid})]
    assert (is_allowed(needed), allowed_without) == (True, [])


def test_with_its_statements_an_operator_sees_every_promise_hold_and_nothing_is_left(
    deployment: RunningDeployment, user: User, operator: Operator
) -> None:
    before = owners_of(deployment)  # others that verify part by part leave theirs
    operator.may(VERIFYING)
    credentials = [f"{name}={text}" for name, text in operator.credentials.items()]
    with own_front_door(user, window_seconds=2) as impatient:
        verify = ("larder", "admin", "verify", "--disturb", "--json")
        base_url = ("--base-url", impatient.deployment.base_url)
        done = user.run("env", *credentials, *verify, *base_url, check=False, seconds=240)
    outcomes = {one["promise"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes) == {promise.name for promise in PROMISES} | {"removal"}
    assert {name for name, one in outcomes.items() if one["verdict"] != "held"} == UNSEEN
    assert {one for one in owners_of(deployment) - before if one.startswith("verify-")} == set()


def owners_of(deployment: RunningDeployment) -> set[str]:
    """Whoever has an item or a key; a marker of what was released has a partition of its own."""
    dynamodb = aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url)
    return {
        item["owner"]["S"]
        for table in (deployment.outputs["CatalogTable"], deployment.outputs["ApiKeysTable"])
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
        for item in page["Items"]
        if "#" not in item["owner"]["S"]
    }


def test_no_statement_of_the_policy_is_for_nothing() -> None:
    policy = json.loads(POLICY.read_text())["Statement"]
    used = {sid for needed in (*NEEDED.values(), VERIFYING) for sid in needed}
    assert {one["Sid"] for one in policy} == used


def test_the_page_for_operators_lists_what_each_command_needs() -> None:
    rows = re.findall(r"^\| `.+` \| (FindDeployment, .+) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [", ".join(needed) for needed in (*NEEDED.values(), VERIFYING)]
