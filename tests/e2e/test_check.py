"""The last tests: users while AWS fails, planted damage, and `larder admin check` over it all."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.aws import aws_session
from infra.local.deployment import RunningDeployment
from tests.bed.damage import Vandal
from tests.e2e.conftest import NewUser
from tests.e2e.user import User
from tests.e2e.waiting import wait_until
from tests.soak.soak import soak

SOAK_SECONDS = 20
SOAKING = 4
FAULTS = {
    "fails",
    "is throttled",
    "loses its answer",
    "kills the function",
    "kills the front door",
}
ORPHANS = {"object_without_file", "upload_without_session"}
LONG_AGO = 1_700_000_000

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
    assert soaked.problems == []
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
    vandal = Vandal(
        aws_session().client("s3", endpoint_url=deployment.endpoint_url),
        aws_session().client("dynamodb", endpoint_url=deployment.endpoint_url),
        deployment.outputs["ContentBucket"],
        deployment.outputs["CatalogTable"],
        user.owner,
    )
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
