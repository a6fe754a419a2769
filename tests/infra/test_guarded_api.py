"""A stage that asks for all that keeps callers apart or out, and costs for it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from infra.api_settings import Domain, Firewall, OwnerRate
from infra.constructs.owner_slots import SLOTS
from infra.stages import STAGES
from lambdas.core.owner_slots import OwnerSlots
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly, in_words
from tests.infra.test_rules import linted, reported

RANGES = ("192.0.2.0/24", "198.51.100.7/32")
GUARDED = replace(
    STAGES["prod"],
    owner_rate=OwnerRate(requests_per_second=20, burst=40),
    authorizer_reserved=25,
    firewall=Firewall(requests_per_ip=3000),
    detailed_metrics=True,
    allowed_ip_ranges=RANGES,
    account_logging=False,
    domain=Domain(
        name="files.example.com",
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/4f0e",
        zone_id="Z123",
        zone_name="example.com",
    ),
)
COUNTED = replace(
    STAGES["prod"], owner_rate=OwnerRate(requests_per_second=20, burst=40, enforced=False)
)


@pytest.fixture(scope="session")
def guarded(synthesized: Synthesized) -> Assembly:
    return synthesized(GUARDED)


@pytest.fixture(scope="session")
def counted(synthesized: Synthesized) -> Assembly:
    return synthesized(COUNTED)


def slot_values(assembly: Assembly) -> list[str]:
    return [key.properties["Value"] for key in assembly.api.all_of("ApiGateway::ApiKey")]


def told(assembly: Assembly) -> OwnerSlots:
    """The slots as the authorizer is told of them."""
    variables = assembly.api.function("authorize").properties["Environment"]["Variables"]
    return OwnerSlots(variables["OWNER_SLOT_PREFIX"], int(variables["OWNER_SLOTS"]))


def required(assembly: Assembly) -> set[bool]:
    methods = assembly.api.all_of("ApiGateway::Method")
    return {method.properties.get("ApiKeyRequired", False) for method in methods}


def test_no_rule_of_aws_is_broken(guarded: Assembly) -> None:
    assert list(reported(guarded, "violations")) == []
    rules = {rule["ruleName"] for rule in reported(guarded, "suppressedViolations")}
    assert "AwsSolutions-APIG3" not in rules  # there is a web ACL


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(guarded: Assembly) -> None:
    for template in guarded.stacks:
        assert linted(template.text) == []


def test_a_slot_may_ask_what_the_stage_says(guarded: Assembly) -> None:
    plan = guarded.api.only("ApiGateway::UsagePlan").properties
    assert plan["Throttle"] == {"BurstLimit": 40, "RateLimit": 20}
    (where,) = plan["ApiStages"]
    assert where == {
        "ApiId": {"Ref": guarded.api.only("ApiGateway::RestApi").logical_id},
        "Stage": {"Ref": guarded.api.only("ApiGateway::Stage").logical_id},
    }


def test_the_authorizer_names_slots_that_there_are(guarded: Assembly) -> None:
    slots = told(guarded)
    owners = {slots.of(f"owner-{number}") for number in range(20 * SLOTS)}
    assert sorted([*owners, slots.of_nobody()]) == sorted(slot_values(guarded))


def test_every_slot_is_in_the_plan(guarded: Assembly) -> None:
    keys = {key.logical_id for key in guarded.api.all_of("ApiGateway::ApiKey")}
    held = guarded.api.all_of("ApiGateway::UsagePlanKey")
    assert {one.properties["KeyId"]["Ref"] for one in held} == keys
    plan = guarded.api.only("ApiGateway::UsagePlan").logical_id
    assert {one.properties["UsagePlanId"]["Ref"] for one in held} == {plan}


@pytest.mark.parametrize("kind", ["ApiGateway::ApiKey", "ApiGateway::UsagePlanKey"])
def test_slots_are_made_one_after_the_other(kind: str, guarded: Assembly) -> None:
    made = guarded.api.all_of(kind)
    assert len(made) == SLOTS + 1
    for before, after in pairwise(made):
        assert before.logical_id in after.body["DependsOn"]


def test_a_value_is_one_that_api_gateway_takes(guarded: Assembly) -> None:
    for value in slot_values(guarded):
        assert value.isalnum()
        assert 30 <= len(value) <= 128


def test_two_deployments_share_no_slot(guarded: Assembly, counted: Assembly) -> None:
    from infra.constructs.owner_slots import owner_slots_told  # noqa: PLC0415 - starts Node

    second = owner_slots_told(replace(GUARDED, deployment="second"))
    assert second["OWNER_SLOT_PREFIX"] != told(guarded).prefix
    assert told(counted).prefix == told(guarded).prefix


def test_every_method_asks_for_the_authorizer_s_slot(guarded: Assembly) -> None:
    assert guarded.api.only("ApiGateway::RestApi").properties["ApiKeySourceType"] == "AUTHORIZER"
    assert required(guarded) == {True}


def test_slots_that_are_not_enforced_are_made_and_asked_of_nobody(counted: Assembly) -> None:
    assert len(slot_values(counted)) == SLOTS + 1
    assert required(counted) == {False}


def test_without_a_rate_there_are_no_slots(prod: Assembly) -> None:
    assert prod.api.all_of("ApiGateway::ApiKey") == prod.api.all_of("ApiGateway::UsagePlan") == []
    assert required(prod) == {False}
    assert "ApiKeySourceType" not in prod.api.only("ApiGateway::RestApi").properties


def test_some_of_the_account_s_functions_are_kept_for_the_authorizer(guarded: Assembly) -> None:
    reserved = {
        function.properties["Handler"]: function.properties.get("ReservedConcurrentExecutions")
        for function in guarded.api.all_of("Lambda::Function")
    }
    assert reserved.pop("lambdas.events.authorize.handler") == 25
    assert set(reserved.values()) == {None}


def test_the_firewall_counts_by_address(guarded: Assembly) -> None:
    acl = guarded.api.only("WAFv2::WebACL")
    assert (acl.properties["Scope"], acl.properties["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    (rule,) = acl.properties["Rules"]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 3000,
    }
    stage = guarded.api.only("ApiGateway::Stage").logical_id
    association = guarded.api.only("WAFv2::WebACLAssociation").properties
    assert association["WebACLArn"] == {"Fn::GetAtt": [acl.logical_id, "Arn"]}
    assert in_words(guarded, association["ResourceArn"]).endswith(f"/stages/<{stage}>")


def test_no_sample_of_the_firewall_s_shows_a_key(guarded: Assembly) -> None:
    acl = guarded.api.only("WAFv2::WebACL").properties
    for shown in (acl, *acl["Rules"]):
        assert shown["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_endpoints_have_metrics_of_their_own_where_the_stage_says(
    guarded: Assembly, prod: Assembly
) -> None:
    for assembly, wanted in ((guarded, True), (prod, False)):
        (settings,) = assembly.api.only("ApiGateway::Stage").properties["MethodSettings"]
        assert settings["MetricsEnabled"] is wanted


def test_no_alarm_needs_the_endpoints_own_metrics(prod: Assembly) -> None:
    alarm = prod.api.only("CloudWatch::Alarm", "Alarms/ServerErrors/").properties
    assert [dimension["Name"] for dimension in alarm["Dimensions"]] == ["ApiName"]


def policy(assembly: Assembly) -> list[Mapping[str, Any]]:
    found = assembly.api.only("ApiGateway::RestApi").properties["Policy"]["Statement"]
    return list(found)


def test_the_api_is_denied_to_other_addresses(guarded: Assembly, prod: Assembly) -> None:
    allow, deny = policy(guarded)
    assert (allow["Effect"], "Condition" in allow) == ("Allow", False)
    assert (deny["Effect"], deny["Action"]) == ("Deny", "execute-api:Invoke")
    assert deny["Condition"] == {"NotIpAddress": {"aws:SourceIp": list(RANGES)}}
    assert "Policy" not in prod.api.only("ApiGateway::RestApi").properties


def test_presigned_urls_alone_are_denied_to_other_addresses(
    guarded: Assembly, prod: Assembly
) -> None:
    (added,) = [one for one in bucket_policy(guarded) if one not in bucket_policy(prod)]
    assert (added["Effect"], added["Action"]) == ("Deny", "s3:*")
    assert added["Condition"] == {
        "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
        "NotIpAddress": {"aws:SourceIp": list(RANGES)},
    }


def bucket_policy(assembly: Assembly) -> list[Mapping[str, Any]]:
    found = assembly.data.only("S3::BucketPolicy", "Content/Bucket").properties["PolicyDocument"]
    return list(found["Statement"])


@pytest.mark.parametrize("kind", ["ACCESS_DENIED", "DEFAULT_4XX"])
def test_who_is_kept_out_is_told_that_it_may_be_the_address(
    kind: str, guarded: Assembly, prod: Assembly
) -> None:
    assert message(guarded, kind) == (
        f"{message(prod, kind)} Or requests from your network address are not allowed here."
    )


def test_no_other_answer_speaks_of_addresses(guarded: Assembly, prod: Assembly) -> None:
    for answer in prod.api.all_of("ApiGateway::GatewayResponse"):
        kind = answer.properties["ResponseType"]
        if kind not in ("ACCESS_DENIED", "DEFAULT_4XX"):
            assert message(guarded, kind) == message(prod, kind)


def message(assembly: Assembly, kind: str) -> str:
    (found,) = [
        answer.properties["ResponseTemplates"]["application/json"]
        for answer in assembly.api.all_of("ApiGateway::GatewayResponse")
        if answer.properties["ResponseType"] == kind
    ]
    return str(json.loads(found)["error"]["message"])


def test_another_stage_s_role_for_logs_is_left_alone(guarded: Assembly) -> None:
    assert guarded.api.all_of("ApiGateway::Account") == []
    logging = guarded.api.only("ApiGateway::Stage").properties
    assert "AccessLogSetting" in logging
