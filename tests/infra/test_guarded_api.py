"""A stage that asks for all that keeps callers apart or out, and costs for it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.guarded import RANGES
from tests.infra.templates import Assembly, in_words
from tests.infra.test_rules import linted, reported


def test_no_rule_of_aws_is_broken(guarded: Assembly) -> None:
    assert list(reported(guarded, "violations")) == []
    rules = {rule["ruleName"] for rule in reported(guarded, "suppressedViolations")}
    assert "AwsSolutions-APIG3" not in rules  # there is a web ACL


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(guarded: Assembly) -> None:
    for template in guarded.stacks:
        assert linted(template.text) == []


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


def test_who_asks_too_often_is_told_to_wait(guarded: Assembly) -> None:
    refused = answer(guarded, "WAF_FILTERED")
    assert refused["StatusCode"] == "429"
    assert "a few minutes" in message(guarded, "WAF_FILTERED")
    waits = refused["ResponseParameters"]["gatewayresponse.header.x-should-retry"]
    assert waits == "'false'"  # the SDKs would try again within seconds


def test_no_other_answer_is_another(guarded: Assembly, prod: Assembly) -> None:
    for response in prod.api.all_of("ApiGateway::GatewayResponse"):
        kind = response.properties["ResponseType"]
        if kind not in ("ACCESS_DENIED", "DEFAULT_4XX", "WAF_FILTERED"):
            assert message(guarded, kind) == message(prod, kind)


def answer(assembly: Assembly, kind: str) -> Mapping[str, Any]:
    (found,) = [
        response.properties
        for response in assembly.api.all_of("ApiGateway::GatewayResponse")
        if response.properties["ResponseType"] == kind
    ]
    return found


def message(assembly: Assembly, kind: str) -> str:
    body = json.loads(answer(assembly, kind)["ResponseTemplates"]["application/json"])
    return str(body["error"]["message"])


def test_another_stage_s_role_for_logs_is_left_alone(guarded: Assembly) -> None:
    assert guarded.api.all_of("ApiGateway::Account") == []
    logging = guarded.api.only("ApiGateway::Stage").properties
    assert "AccessLogSetting" in logging
