"""What a team may want of every resource: its tags, its boundary, its key, and to be told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from infra.checks import LOG_DAYS
from infra.key_actions import key_actions
from infra.routes import AUTHORIZE, FUNCTIONS, REAP
from infra.rows import LIST_PARTS, Function, catalog, files
from infra.stages import STAGES, Stage, StageError
from tests.infra.conftest import WITH_FRONT_DOOR, Synthesized
from tests.infra.templates import Assembly, statements

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::111122223333:policy/Boundary"
TEAM = replace(
    WITH_FRONT_DOOR,
    tags={"cost-center": "42"},
    permissions_boundary=BOUNDARY,
    kms_key_arn=KEY,
)
functions = pytest.mark.parametrize("row", FUNCTIONS, ids=[row.name for row in FUNCTIONS])


@pytest.fixture(scope="session")
def team(synthesized: Synthesized) -> Assembly:
    return synthesized(TEAM)


def test_every_role_is_bounded(team: Assembly) -> None:
    for stack in (team.api, team.front_door):
        roles = stack.all_of("IAM::Role")
        assert roles
        assert {role.properties.get("PermissionsBoundary") for role in roles} == {BOUNDARY}


def test_no_role_is_bounded_unasked(with_front_door: Assembly) -> None:
    for stack in with_front_door.stacks:
        for role in stack.all_of("IAM::Role"):
            assert "PermissionsBoundary" not in role.properties


def tags(properties: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties["Tags"]}


def test_what_costs_anything_says_whose_it_is(team: Assembly) -> None:
    expected = {"cost-center": "42", "larder:deployment": "larder", "larder:stage": "prod"}
    for kind in (
        "ApiGateway::RestApi",
        "CloudFront::Distribution",
        "DynamoDB::Table",
        "ECS::Service",
        "Lambda::Function",
        "Logs::LogGroup",
        "S3::Bucket",
    ):
        found = [each for stack in team.stacks for each in stack.all_of(kind)]
        assert found
        for resource in found:
            assert tags(resource.properties).items() >= expected.items()


def test_a_stack_says_whose_it_is(team: Assembly) -> None:
    tags = team.manifest["artifacts"]["larder-prod-data"]["properties"]["tags"]
    assert tags["larder:stage"] == "prod"


def test_tables_and_files_are_encrypted_with_the_teams_key(team: Assembly) -> None:
    for table in team.data.all_of("DynamoDB::Table"):
        encryption = table.properties["SSESpecification"]
        assert encryption == {"KMSMasterKeyId": KEY, "SSEEnabled": True, "SSEType": "KMS"}
    content = team.data.only("S3::Bucket", "Content/Bucket").properties
    (rule,) = content["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "KMSMasterKeyID": KEY,
        "SSEAlgorithm": "aws:kms",
    }


def test_s3_can_write_its_log_whatever_the_teams_key(team: Assembly) -> None:
    log = team.data.only("S3::Bucket", "Content/AccessLogs").properties
    (rule,) = log["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def granted_on_key(role: Any) -> list[str]:
    return [
        action
        for policy in role["Policies"]
        for actions, resources, _ in statements(policy["PolicyDocument"])
        for action in actions
        if resources == [KEY]
    ]


@functions
def test_a_function_may_do_with_the_key_what_its_row_needs(team: Assembly, row: Function) -> None:
    role = team.api.only("IAM::Role", row.name.title().replace("_", "") + "/").properties
    assert granted_on_key(role) == list(key_actions(row.permissions))


def test_a_task_may_do_with_the_key_what_its_row_needs(team: Assembly) -> None:
    role = team.front_door.only("IAM::Role", "Tasks/Role/").properties
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(granted_on_key(role))


def test_the_ways_out_of_the_network_know_no_key(team: Assembly) -> None:
    for endpoint in team.front_door.all_of("EC2::VPCEndpoint"):
        assert "kms:" not in json.dumps(endpoint.properties["PolicyDocument"])


def test_without_a_key_of_the_teams_no_role_knows_of_any(with_front_door: Assembly) -> None:
    for stack in with_front_door.stacks:
        assert "kms:" not in stack.text


def test_who_only_reads_only_decrypts() -> None:
    assert key_actions([catalog("GetItem"), files("GetObject")]) == (
        "kms:Decrypt",
        "kms:DescribeKey",
    )
    assert key_actions(AUTHORIZE.permissions) == ("kms:Decrypt", "kms:DescribeKey")


def test_who_reads_the_stream_decrypts_it() -> None:
    assert "kms:Decrypt" in key_actions(REAP.permissions)


def test_who_stores_content_makes_a_key_for_it() -> None:
    assert key_actions([files("PutObject")]) == ("kms:Decrypt", "kms:GenerateDataKey")


def test_who_only_lists_or_deletes_content_needs_no_key() -> None:
    assert key_actions([LIST_PARTS, files("DeleteObject", "AbortMultipartUpload")]) == ()


def test_no_rule_is_broken_by_what_a_team_wants(team: Assembly) -> None:
    (report,) = team.nag_report["pluginReports"]
    assert report["violations"] == []


def warnings(assembly: Assembly) -> list[str]:
    metadata = [
        entry
        for artifact in assembly.manifest["artifacts"].values()
        for entries in read_metadata(assembly, artifact).values()
        for entry in entries
    ]
    return [entry["data"] for entry in metadata if entry["type"] == "aws:cdk:warning"]


def read_metadata(assembly: Assembly, artifact: Any) -> dict[str, Any]:
    beside = artifact.get("additionalMetadataFile")
    if beside is None:
        return dict(artifact.get("metadata", {}))
    return dict(json.loads((assembly.folder / beside).read_text()))


def test_a_stage_that_is_kept_warns_where_nobody_is_told(prod: Assembly) -> None:
    (warning,) = warnings(prod)
    assert warning.startswith(
        "Nobody is told of the alarms of stage 'prod': give it an alarm_email."
    )


def test_nothing_is_warned_of_where_somebody_is_told(synthesized: Synthesized) -> None:
    told = replace(WITH_FRONT_DOOR, alarm_email="ops@example.com")
    assert warnings(synthesized(told)) == []


def test_a_stage_to_be_thrown_away_need_tell_nobody(synthesized: Synthesized) -> None:
    assert warnings(synthesized(STAGES["dev"])) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("deployment", "Larder"),
        ("log_days", 60),
        ("authorizer_cache_seconds", 3601),
        ("requests_per_second", 0),
        ("burst", 0),
        ("reap_after_seconds", 301),
        ("cors_origins", ("https://app.example.com/",)),
        ("cors_origins", ("app.example.com",)),
        ("alarm_email", "ops"),
        ("kms_key_arn", "alias/larder"),
        ("permissions_boundary", "Boundary"),
        ("tags", {"": "a"}),
        ("tags", {"a": "ü"}),
        ("tags", {"aws:a": "b"}),
        ("tags", {"larder:stage": "b"}),
    ],
)
def test_a_setting_that_aws_would_refuse_is_refused_at_once(setting: str, value: object) -> None:
    wrong: dict[str, Any] = {setting: value}
    with pytest.raises(StageError, match=setting):
        Stage(name="wrong", **wrong)


def test_each_period_that_a_log_may_have_is_one_of_cloudwatchs(synthesized: Synthesized) -> None:
    from aws_cdk import Stack  # noqa: PLC0415 - starts Node

    from infra.constructs.log_group import log_group  # noqa: PLC0415

    stack = Stack()
    for days in LOG_DAYS:
        log_group(stack, f"Log{days}", days=days)
