from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.contention import costs
from infra.stages import STAGES, Stage
from tests.infra.conftest import NAMED_FRONT_DOOR, WITH_FRONT_DOOR, Synthesized
from tests.infra.guarded import GUARDED
from tests.infra.templates import Assembly, Resource, Template, in_words, statements

TABLES = ("Catalog", "ApiKeys")
tables = pytest.mark.parametrize("name", TABLES)


def table(template: Template, name: str) -> Mapping[str, Any]:
    return template.only("DynamoDB::Table", name).properties


def bucket(template: Template) -> Mapping[str, Any]:
    return template.only("S3::Bucket", "Content/Bucket").properties


def keys(schema: list[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in schema]


@tables
def test_expired_items_go_by_themselves(every_stage: Assembly, name: str) -> None:
    ttl = table(every_stage.data, name)["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


@tables
def test_a_table_can_be_restored_to_any_second(every_stage: Assembly, name: str) -> None:
    recovery = table(every_stage.data, name)["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


@tables
def test_a_table_is_encrypted_and_paid_by_the_request(every_stage: Assembly, name: str) -> None:
    properties = table(every_stage.data, name)
    # Encrypted with a key of AWS's own, of which a template need not speak.
    assert properties.get("SSESpecification", {"SSEEnabled": False}) == {"SSEEnabled": False}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_catalog_is_kept_by_owner_and_id(prod: Assembly) -> None:
    properties = table(prod.data, "Catalog")
    assert keys(properties["KeySchema"]) == [("owner", "HASH"), ("id", "RANGE")]
    types = {a["AttributeName"]: a["AttributeType"] for a in properties["AttributeDefinitions"]}
    assert types == {"owner": "S", "id": "S", "purpose_id": "S", "expires_at": "N"}


def test_the_catalog_is_listed_by_purpose_and_by_expiry(prod: Assembly) -> None:
    indexes = table(prod.data, "Catalog")["LocalSecondaryIndexes"]
    described = {
        index["IndexName"]: (
            keys(index["KeySchema"])[1][0],
            index["Projection"]["ProjectionType"],
            set(index["Projection"]["NonKeyAttributes"]),
        )
        for index in indexes
    }
    assert described == {
        "by_purpose": ("purpose_id", "INCLUDE", {"file", "expires_at"}),
        "by_expiry": ("expires_at", "INCLUDE", {"bytes", "status"}),
    }


def test_the_simulation_pays_for_every_index(prod: Assembly) -> None:
    indexes = table(prod.data, "Catalog")["LocalSecondaryIndexes"]
    assert {key: set(projected) for key, projected in costs.INDEXES.items()} == {
        keys(index["KeySchema"])[1][0]: set(index["Projection"]["NonKeyAttributes"])
        for index in indexes
    }


def test_the_catalogs_stream_tells_what_was_removed(prod: Assembly) -> None:
    stream = table(prod.data, "Catalog")["StreamSpecification"]
    assert stream == {"StreamViewType": "OLD_IMAGE"}


def test_api_keys_are_kept_by_their_hash_and_told_to_no_stream(prod: Assembly) -> None:
    properties = table(prod.data, "ApiKeys")
    assert keys(properties["KeySchema"]) == [("key_hash", "HASH")]
    assert "StreamSpecification" not in properties


def test_the_bucket_is_closed_to_the_public(every_stage: Assembly) -> None:
    for closed in every_stage.data.all_of("S3::Bucket"):
        assert closed.properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }


def test_the_bucket_is_encrypted(every_stage: Assembly) -> None:
    for encrypted in every_stage.data.all_of("S3::Bucket"):
        (rule,) = encrypted.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_bucket_refuses_plain_http(every_stage: Assembly) -> None:
    for policy in every_stage.data.all_of("S3::BucketPolicy"):
        document = policy.properties["PolicyDocument"]
        (refusal,) = [s for s in document["Statement"] if s["Effect"] == "Deny"]
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refusal["Action"] == "s3:*"
        assert refusal["Principal"] == {"AWS": "*"}
    buckets = {bucket.logical_id for bucket in every_stage.data.all_of("S3::Bucket")}
    policies = every_stage.data.all_of("S3::BucketPolicy")
    assert {policy.properties["Bucket"]["Ref"] for policy in policies} == buckets


def test_nobody_but_s3_is_let_into_a_bucket_by_its_policy(prod: Assembly) -> None:
    allowed = [
        statement["Principal"]
        for policy in prod.data.all_of("S3::BucketPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed == [{"Service": "logging.s3.amazonaws.com"}]


def test_deleted_bytes_do_not_live_on_as_an_old_version(every_stage: Assembly) -> None:
    assert "VersioningConfiguration" not in bucket(every_stage.data)


def test_accesses_to_the_bucket_are_logged_and_forgotten_in_time(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        data = synthesized(stage).data
        log = data.only("S3::Bucket", "Content/AccessLogs")
        destination = bucket(data)["LoggingConfiguration"]["DestinationBucketName"]
        assert destination == {"Ref": log.logical_id}
        (rule,) = log.properties["LifecycleConfiguration"]["Rules"]
        assert rule["ExpirationInDays"] == stage.log_days


REGIONAL = "https://*.execute-api.<AWS::Region>.<AWS::URLSuffix>"
CLOUDFRONT = "https://*.cloudfront.net"
NAMED = "https://files.example.com"


@pytest.mark.parametrize(
    ("stage", "console"),
    [
        (STAGES["local"], ["http://127.0.0.1:4580", "http://localhost:4580"]),
        (STAGES["dev"], [REGIONAL]),
        (STAGES["prod"], [REGIONAL]),
        (replace(STAGES["prod"], domain=GUARDED.domain), [NAMED, REGIONAL]),
        (WITH_FRONT_DOOR, [CLOUDFRONT, REGIONAL]),
        (NAMED_FRONT_DOOR, [NAMED, CLOUDFRONT, REGIONAL]),
        (replace(STAGES["dev"], console=False), []),
    ],
)
def test_only_the_console_and_pages_that_a_stage_names_may_use_the_bucket(
    stage: Stage, console: list[str], synthesized: Synthesized
) -> None:
    assembly = synthesized(stage)
    (rule,) = bucket(assembly.data)["CorsConfiguration"]["CorsRules"]
    allowed = [in_words(assembly, origin) for origin in rule["AllowedOrigins"]]
    assert allowed == [*stage.cors_origins, *console]


def test_a_page_can_send_parts_and_read_what_s3_made_of_them(local: Assembly) -> None:
    (rule,) = bucket(local.data)["CorsConfiguration"]["CorsRules"]
    assert {"PUT", "GET"} <= set(rule["AllowedMethods"])
    assert {"ETag", "x-amz-checksum-crc64nvme"} <= set(rule["ExposedHeaders"])


def stateful(template: Template) -> list[Resource]:
    return [*template.all_of("S3::Bucket"), *template.all_of("DynamoDB::Table")]


def test_what_users_stored_outlives_its_stack(prod: Assembly) -> None:
    for kept in stateful(prod.data):
        # What a first deployment made before it failed is empty, and goes.
        assert kept.body["DeletionPolicy"] == "RetainExceptOnCreate"
        assert kept.body["UpdateReplacePolicy"] == "Retain"


def protections(assembly: Assembly) -> set[bool]:
    stack = assembly.manifest["artifacts"]["larder-prod-data"]["properties"]
    tables = assembly.data.all_of("DynamoDB::Table")
    return {
        stack.get("terminationProtection", False),
        *(each.properties["DeletionProtectionEnabled"] for each in tables),
    }


def test_what_users_stored_is_protected(prod: Assembly) -> None:
    assert protections(prod) == {True}


def test_a_first_deployment_can_be_undone(synthesized: Synthesized) -> None:
    first = synthesized(replace(STAGES["prod"], protect=False))
    assert protections(first) == {False}
    for kept in stateful(first.data):
        assert kept.body["DeletionPolicy"] == "RetainExceptOnCreate"


@pytest.mark.parametrize("name", ["local", "dev"])
def test_a_stage_that_is_not_retained_can_be_thrown_away(
    name: str, synthesized: Synthesized
) -> None:
    data = synthesized(STAGES[name]).data
    for thrown in stateful(data):
        assert thrown.body["DeletionPolicy"] == "Delete"
    for table_ in data.all_of("DynamoDB::Table"):
        assert table_.properties["DeletionProtectionEnabled"] is False


def test_the_operators_command_finds_everything_by_the_outputs(every_stage: Assembly) -> None:
    outputs = every_stage.data.body["Outputs"]
    ids = {
        name: every_stage.data.only(kind, under).logical_id
        for name, kind, under in (
            ("CatalogTable", "DynamoDB::Table", "Catalog"),
            ("ApiKeysTable", "DynamoDB::Table", "ApiKeys"),
            ("ContentBucket", "S3::Bucket", "Content/Bucket"),
        )
    }
    found = {name: o["Value"]["Ref"] for name, o in outputs.items() if "Export" not in o}
    assert found == ids


def test_the_log_of_accesses_takes_writes_for_this_bucket_alone(prod: Assembly) -> None:
    policy = prod.data.only("S3::BucketPolicy", "Content/AccessLogs").properties["PolicyDocument"]
    actions = [a for a, _, condition in statements(policy) if "ArnLike" in (condition or {})]
    assert actions == [["s3:PutObject"]]
