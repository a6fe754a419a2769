import json
from collections import Counter
from importlib.util import find_spec

import pytest

from infra.routes import AUTHORIZE, CONSOLE, FUNCTIONS, REAP, ROUTES
from infra.rows import Function, Resource
from infra.stages import STAGES
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly, Template, in_words, statements

EVERY = (*FUNCTIONS, CONSOLE)
functions = pytest.mark.parametrize("row", EVERY, ids=[row.name for row in EVERY])


Grants = set[tuple[str, str, str | None]]


def arns(assembly: Assembly) -> dict[Resource, str]:
    """What each kind of resource is called in this assembly, put together anew."""
    catalog = assembly.data.only("DynamoDB::Table", "Catalog").logical_id
    api_keys = assembly.data.only("DynamoDB::Table", "ApiKeys").logical_id
    content = assembly.data.only("S3::Bucket", "Content/Bucket").logical_id
    dead_letters = assembly.api.only("SQS::Queue").logical_id
    return {
        Resource.CATALOG: f"<{catalog}.Arn>",
        Resource.CATALOG_BY_PURPOSE: f"<{catalog}.Arn>/index/by_purpose",
        Resource.CATALOG_BY_EXPIRY: f"<{catalog}.Arn>/index/by_expiry",
        Resource.CATALOG_STREAM: f"<{catalog}.StreamArn>",
        Resource.CATALOG_STREAMS: f"<{catalog}.Arn>/stream/*",
        Resource.API_KEYS: f"<{api_keys}.Arn>",
        Resource.FILES: f"<{content}.Arn>/expires-in-*",
        Resource.PARTS: f"<{content}.Arn>/parts/*",
        Resource.CONTENT: f"<{content}.Arn>",
        Resource.DEAD_LETTERS: f"<{dead_letters}.Arn>",
    }


def granted(assembly: Assembly, row: Function) -> Grants:
    """Every action on every resource that the function's role allows."""
    role = role_of(assembly.api, row.name)
    return {
        (action, in_words(assembly, resource), prefix_of(condition))
        for policy in role["Policies"]
        for actions, resources, condition in statements(policy["PolicyDocument"])
        for action in actions
        for resource in resources
    }


def prefix_of(condition: object) -> str | None:
    match condition:
        case None:
            return None
        case {"StringLike": {"s3:prefix": str(prefix)}}:
            return prefix
    raise AssertionError(f"an unknown condition: {condition}")


def role_of(template: Template, name: str) -> dict[str, list[dict[str, dict[str, object]]]]:
    role_id = template.function(name).properties["Role"]["Fn::GetAtt"][0]
    role: dict[str, list[dict[str, dict[str, object]]]] = template.body["Resources"][role_id][
        "Properties"
    ]
    return role


@functions
def test_a_function_may_do_what_its_row_says_and_no_more(row: Function, prod: Assembly) -> None:
    kinds = arns(prod)
    stated: Grants = {
        (action, kinds[permission.resource], permission.prefix)
        for permission in row.permissions
        for action in permission.actions
    }
    log_id = prod.api.function(row.name).properties["LoggingConfig"]["LogGroup"]["Ref"]
    own_log: Grants = {
        (action, f"<{log_id}.Arn>", None)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    }
    assert granted(prod, row) == stated | own_log


def test_no_policy_is_added_beside_the_roles_own(every_stage: Assembly) -> None:
    assert every_stage.api.all_of("IAM::Policy") == []
    assert every_stage.api.all_of("IAM::ManagedPolicy") == []
    managed = {
        role.path
        for role in every_stage.api.all_of("IAM::Role")
        if "ManagedPolicyArns" in role.properties
    }
    assert managed <= {
        "larder-prod-api/Rest/Api/CloudWatchRole/Resource",
        "larder-dev-api/Rest/Api/CloudWatchRole/Resource",
    }


def test_no_function_may_touch_every_resource(every_stage: Assembly) -> None:
    for row in FUNCTIONS:
        assert [grant for grant in granted(every_stage, row) if grant[1] == "*"] == []


@functions
def test_a_wildcard_ends_an_exact_arn_and_no_action_has_one(row: Function, prod: Assembly) -> None:
    for action, arn, _ in granted(prod, row):
        assert "*" not in action
        assert arn.startswith("<")
        assert "*" not in arn[:-1]


def test_a_bucket_is_listed_below_a_prefix_only() -> None:
    for row in FUNCTIONS:
        for permission in row.permissions:
            if "s3:ListBucket" in permission.actions:
                assert permission.prefix in ("parts/*", "expires-in-*")


def test_only_the_authorizer_reads_api_keys() -> None:
    readers = {
        row.name
        for row in FUNCTIONS
        for permission in row.permissions
        if permission.resource is Resource.API_KEYS
    }
    assert readers == {"authorize"}


def test_no_two_functions_share_a_role_or_a_log(prod: Assembly) -> None:
    lambdas = prod.api.all_of("Lambda::Function")
    roles = Counter(str(f.properties["Role"]) for f in lambdas)
    logs = Counter(str(f.properties["LoggingConfig"]["LogGroup"]) for f in lambdas)
    assert set(roles.values()) == set(logs.values()) == {1}
    assert len(roles) == len(EVERY)


def test_every_log_is_kept_for_as_long_as_the_stage_says(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        groups = synthesized(stage).api.all_of("Logs::LogGroup")
        preflights = bool(stage.cors_origins)
        assert len(groups) == len(EVERY) + preflights + 2  # and the API's own two logs
        assert {group.properties["RetentionInDays"] for group in groups} == {stage.log_days}


@functions
def test_a_functions_code_is_there(row: Function) -> None:
    assert find_spec(row.handler.removesuffix(".handler"))


@functions
def test_a_function_is_told_where_everything_is(row: Function, prod: Assembly) -> None:
    variables = prod.api.function(row.name).properties["Environment"]["Variables"]
    words = {name: in_words(prod, value) for name, value in variables.items()}
    catalog = prod.data.only("DynamoDB::Table", "Catalog").logical_id
    content = prod.data.only("S3::Bucket", "Content/Bucket").logical_id
    api_keys = prod.data.only("DynamoDB::Table", "ApiKeys").logical_id
    limits = json.loads(words.pop("LIMITS"))
    assert limits["quota_bytes"] == 2 * 2**30
    assert words == {
        "CATALOG_TABLE": f"<{catalog}>",
        "CONTENT_BUCKET": f"<{content}>",
        "CONTENT_URL": f"https://<{content}.RegionalDomainName>",
        "POWERTOOLS_SERVICE_NAME": "larder-prod",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        **({"API_KEYS_TABLE": f"<{api_keys}>"} if row is AUTHORIZE else {}),
    }


def test_locally_content_has_another_origin_than_the_api(local: Assembly) -> None:
    variables = local.api.function("get_file_content").properties["Environment"]["Variables"]
    content = local.data.only("S3::Bucket", "Content/Bucket").logical_id
    port = STAGES["local"].local_port
    assert in_words(local, variables["CONTENT_URL"]) == f"http://localhost:{port}/<{content}>"
    api_url = in_words(local, local.api.body["Outputs"]["ApiUrl"]["Value"])
    assert api_url.startswith(f"http://127.0.0.1:{port}/")


@functions
def test_a_function_runs_on_what_its_asset_was_built_for(row: Function, prod: Assembly) -> None:
    properties = prod.api.function(row.name).properties
    assert properties["Runtime"] == "python3.14"
    assert properties["Architectures"] == ["arm64"]
    assert "ReservedConcurrentExecutions" not in properties
    assert properties["MemorySize"] == row.memory_mib


def test_all_functions_share_one_asset(prod: Assembly) -> None:
    assets = {str(f.properties["Code"]) for f in prod.api.all_of("Lambda::Function")}
    assert len(assets) == 1


def test_no_endpoint_runs_longer_than_api_gateway_waits() -> None:
    assert max(route.function.timeout_seconds for route in ROUTES) <= 29


def test_the_reaper_may_not_read_what_it_deletes() -> None:
    actions = {action for permission in REAP.permissions for action in permission.actions}
    assert "s3:GetObject" not in actions
