"""`larder admin` against moto's CloudFormation and DynamoDB."""

import json
import re
import time
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import moto
import pytest

from larder.cli import main

pytestmark = pytest.mark.slow

_STACK = {
    "Resources": {
        "Catalog": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [
                    {"AttributeName": "owner", "AttributeType": "S"},
                    {"AttributeName": "id", "AttributeType": "S"},
                ],
                "KeySchema": [
                    {"AttributeName": "owner", "KeyType": "HASH"},
                    {"AttributeName": "id", "KeyType": "RANGE"},
                ],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "ApiKeys": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "key_hash", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "key_hash", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
    },
    "Outputs": {
        "CatalogTable": {"Value": {"Ref": "Catalog"}},
        "ApiKeysTable": {"Value": {"Ref": "ApiKeys"}},
        "ContentBucket": {"Value": "content"},
    },
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "LARDER_STAGE", "LARDER_DEPLOYMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with moto.mock_aws():
        yield


@pytest.fixture
def deployed() -> dict[str, str]:
    """The data stack of stage dev; its outputs."""
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="larder-dev-data", TemplateBody=json.dumps(_STACK))
    (stack,) = cloudformation.describe_stacks(StackName="larder-dev-data")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["admin", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def listed_ids(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["admin", "keys", "list", "--json"]) == 0
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


def usage_item(deployed: dict[str, str], owner: str) -> Any:
    key = {"owner": {"S": owner}, "id": {"S": "usage"}}
    return boto3.client("dynamodb").get_item(TableName=deployed["CatalogTable"], Key=key)["Item"]


def key_items(deployed: dict[str, str]) -> Any:
    return boto3.client("dynamodb").scan(TableName=deployed["ApiKeysTable"])["Items"]


def test_a_new_key_has_the_documented_form_and_checksum(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    key = run_json(capsys, "keys", "create", "--owner", "alice")["key"]
    match = re.fullmatch(r"sk-larder-([a-z2-7]{52})([0-9a-f]{8})", key)
    assert match is not None
    assert int(match[2], 16) == zlib.crc32(match[1].encode())


def test_the_table_holds_the_key_only_as_a_hash(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    secret = run_json(capsys, "keys", "create", "--owner", "alice")["key"]
    (item,) = key_items(deployed)
    assert secret not in json.dumps(item)
    assert item["hint"]["S"] == secret[:16]


def test_a_key_carries_its_owner_name_scopes_and_expiry(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--owner", "batch", "--name", "results", "--scope", "service"]
    run_json(capsys, "keys", "create", *options, "--expires-after", "90d")
    (item,) = key_items(deployed)
    assert item["owner"] == {"S": "batch"}
    assert item["name"] == {"S": "results"}
    assert item["scopes"] == {"L": [{"S": "service"}]}
    assert abs(int(item["expires_at"]["N"]) - time.time() - 90 * 86400) < 60


def test_a_key_without_expiry_has_no_expires_at(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_json(capsys, "keys", "create", "--owner", "alice")["expires_at"] is None
    (item,) = key_items(deployed)
    assert "expires_at" not in item


def test_create_with_quota_sets_the_owners_quota(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, "keys", "create", "--owner", "alice", "--quota", "10GiB")
    assert usage_item(deployed, "alice")["quota_bytes"] == {"N": str(10 * 2**30)}


@pytest.mark.parametrize("verb", [["keys", "create", "--quota"], ["quota", "--set"]])
def test_a_decimal_quota_is_taken_and_said_to_the_byte(
    verb: list[str], deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", *verb, "10GB", "--owner", "alice"]) == 0
    assert "9.3 GiB (10000000000 bytes)" in capsys.readouterr().out
    assert usage_item(deployed, "alice")["quota_bytes"] == {"N": str(10**10)}


def test_setting_a_quota_keeps_the_owners_usage(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    item = {"owner": {"S": "alice"}, "id": {"S": "usage"}, "used_bytes": {"N": "700"}}
    item |= {"reserved_bytes": {"N": "200"}, "files": {"N": "3"}}
    boto3.client("dynamodb").put_item(TableName=deployed["CatalogTable"], Item=item)
    assert run_json(capsys, "quota", "--owner", "alice", "--set", "1KiB") == {
        "owner": "alice",
        "bytes": 500,
        "reserved_bytes": 200,
        "quota_bytes": 1024,
        "files": 3,
    }


def test_default_removes_the_owners_own_quota(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, "quota", "--owner", "alice", "--set", "10GiB")
    assert run_json(capsys, "quota", "--owner", "alice", "--set", "default")["quota_bytes"] is None
    assert "quota_bytes" not in usage_item(deployed, "alice")


def test_list_shows_an_owners_keys_without_their_secrets(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    secret = run_json(capsys, "keys", "create", "--owner", "alice", "--name", "laptop")["key"]
    run_json(capsys, "keys", "create", "--owner", "bob")
    assert main(["admin", "keys", "list", "--owner", "alice"]) == 0
    table = capsys.readouterr().out
    assert "laptop" in table
    assert "bob" not in table
    assert secret not in table


def test_revoke_by_id_removes_that_key_alone(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = run_json(capsys, "keys", "create", "--owner", "alice")
    lost = run_json(capsys, "keys", "create", "--owner", "alice")
    run_json(capsys, "keys", "revoke", lost["id"])
    assert listed_ids(capsys) == [kept["id"]]


def test_revoke_takes_the_key_itself(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(
        capsys, "keys", "revoke", run_json(capsys, "keys", "create", "--owner", "alice")["key"]
    )
    assert listed_ids(capsys) == []


def test_revoking_an_unknown_key_says_where_to_look(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "keys", "revoke", "0123abcd"]) == 1
    assert "larder admin keys list" in capsys.readouterr().err


def test_a_key_is_not_revoked_by_a_part_of_its_id(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = run_json(capsys, "keys", "create", "--owner", "alice")
    assert main(["admin", "keys", "revoke", kept["id"][:-1]]) == 1
    assert listed_ids(capsys) == [kept["id"]]


def test_a_profile_that_there_is_not_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "pantry")
    assert main(["admin", "keys", "list"]) == 1
    assert "profile (pantry)" in capsys.readouterr().err


CDK_ORDER = ["AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION"]
PROFILES = """
[default]
region = eu-west-3
[profile pantry]
region = eu-south-1
[profile cellar]
output = json
"""


@pytest.fixture
def no_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing says which region; the settings file, in which something may."""
    for name in [*CDK_ORDER, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"]:
        monkeypatch.delenv(name, raising=False)
    settings = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return settings


def region_searched(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["admin", "keys", "list"]) == 1
    found = re.search(r"no stack larder-dev-data in (\S+) of account", capsys.readouterr().err)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("first", range(len(CDK_ORDER)), ids=CDK_ORDER)
def test_regions_are_looked_for_in_the_order_of_the_cdk(
    first: int, no_region: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_region.write_text(PROFILES)
    monkeypatch.setenv("AWS_PROFILE", "pantry")
    for name in CDK_ORDER[:first]:
        monkeypatch.setenv(name, " ")
    for number, name in enumerate(CDK_ORDER[first:], start=1):
        monkeypatch.setenv(name, f"us-west-{number}")
    assert region_searched(capsys) == "us-west-1"


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({}, "eu-west-3"),
        ({"AWS_PROFILE": ""}, "eu-west-3"),
        ({"AWS_PROFILE": "pantry"}, "eu-south-1"),
        ({"AWS_DEFAULT_PROFILE": "pantry"}, "eu-south-1"),
        ({"AWS_PROFILE": "pantry", "AWS_DEFAULT_PROFILE": "default"}, "eu-south-1"),
        ({"AWS_PROFILE": "cellar"}, "eu-west-3"),
    ],
)
def test_without_a_variable_the_region_is_the_profile_s(
    variables: dict[str, str],
    region: str,
    no_region: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    no_region.write_text(PROFILES)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert region_searched(capsys) == region


@pytest.mark.usefixtures("no_region")
def test_without_any_region_none_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "keys", "list"]) == 2
    assert "no AWS region: set AWS_REGION" in capsys.readouterr().err


def test_the_options_may_stand_before_the_verb(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["admin", "--stage", "dev", "keys", "list", "--json"]) == 0


def test_a_missing_deployment_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "keys", "list", "--stage", "prod", "--deployment", "pantry"]) == 1
    named = "no stack pantry-prod-data in eu-west-1 of account 123456789012: deploy it"
    assert named in capsys.readouterr().err


@pytest.mark.parametrize("owner", ["", "-alice", "al/ice", "a" * 65, "alice\n"])
def test_a_name_that_no_owner_can_have_is_refused(
    owner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["admin", "keys", "create", f"--owner={owner}"])
    assert "cannot name an owner" in capsys.readouterr().err


@pytest.mark.parametrize("life", ["0", "0d", "99999999d", "9" * 400, "36501d"])
def test_a_life_that_no_key_can_have_is_refused_when_given(
    life: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["admin", "keys", "create", "--owner=alice", f"--expires-after={life}"])
    assert "is out of bounds: 1s to 36500d" in capsys.readouterr().err


def test_a_key_may_live_for_a_century(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, "keys", "create", "--owner", "alice", "--expires-after", "36500d")
    assert main(["admin", "keys", "list"]) == 0


@pytest.mark.parametrize("size", ["9" * 400, "9" * 39, "9" * 5000, str(2**60 + 1), "1048577TiB"])
@pytest.mark.parametrize("verb", [["keys", "create", "--quota"], ["quota", "--set"]])
def test_a_quota_beyond_an_eib_is_refused_when_given(
    verb: list[str], size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["admin", *verb, size, "--owner", "alice"])
    assert "is too large: at most 1048576TiB" in capsys.readouterr().err


def test_a_name_that_is_no_text_is_refused_when_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["admin", "keys", "create", "--owner=alice", "--name=\udcff"])
    assert "is not UTF-8" in capsys.readouterr().err


MANGLED: list[dict[str, Any] | None] = [
    None,
    {"N": "9" * 38},
    {"N": "-5"},
    {"N": "1.5"},
    {"N": "253402300800"},
    {"S": "soon\x1b[2J"},
    {"NULL": True},
    {"L": [{"N": "1"}]},
    {"M": {"a": {"B": b"\xff"}}},
]


def mangled(item: dict[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    """The item with one attribute at a time mangled, or missing."""
    for name, value in product(names, MANGLED):
        altered = {**item, name: value}
        yield {key: value for key, value in altered.items() if value is not None}


def test_list_shows_keys_whatever_somebody_made_of_them(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, "keys", "create", "--owner", "bob", "--name", "whole")
    names = ["expires_at", "created_at", "owner", "name", "scopes", "hint"]
    whole = key_items(deployed)[0]
    for number, item in enumerate(mangled(whole, names)):
        item["key_hash"] = {"S": f"{number:016}{'0' * 48}"}
        boto3.client("dynamodb").put_item(TableName=deployed["ApiKeysTable"], Item=item)
    assert main(["admin", "keys", "list"]) == 0
    output = capsys.readouterr().out
    assert len(output.splitlines()) == 2 + len(names) * len(MANGLED)
    assert "\x1b" not in output
    assert "9" * 38 in output
    assert len(listed_ids(capsys)) == 1 + len(names) * len(MANGLED)
    assert run_json(capsys, "keys", "revoke", f"{7:016}")["revoked"]
    assert f"{7:016}" not in listed_ids(capsys)


@pytest.mark.parametrize("value", MANGLED[1:], ids=str)
def test_quota_shows_a_usage_whatever_somebody_made_of_it(
    value: dict[str, Any], deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["used_bytes", "reserved_bytes", "quota_bytes", "files"]
    item = {"owner": {"S": "alice"}, "id": {"S": "usage"}, **dict.fromkeys(names, value)}
    boto3.client("dynamodb").put_item(TableName=deployed["CatalogTable"], Item=item)
    assert main(["admin", "quota", "--owner", "alice"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("alice: ")
    assert len(output.splitlines()) == 1
    assert "\x1b" not in output
    assert run_json(capsys, "quota", "--owner", "alice")["owner"] == "alice"


def test_a_names_escape_codes_are_shown(
    deployed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, "keys", "create", "--owner", "bob", "--name", "a\x1b[2J\nb\u202e")
    assert main(["admin", "keys", "list"]) == 0
    output = capsys.readouterr().out
    assert r"a\x1b[2J\nb\u202e" in output
    assert len(output.splitlines()) == 2
