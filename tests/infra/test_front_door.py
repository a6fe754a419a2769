"""The network, the load balancer and CloudFront of the front door."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from front_door import __main__ as program
from infra.constructs.distribution import (
    API_SECONDS,
    FRONT_DOOR_SECONDS,
    KEEP_ALIVE_SECONDS,
    KEPT_ERRORS,
)
from infra.constructs.front_door_tasks import STOP_SECONDS
from infra.constructs.load_balancer import DRAIN_SECONDS, IDLE_SECONDS
from infra.edge import API, FRONT_DOOR, route_function
from infra.front_door_settings import FrontDoor
from infra.stages import STAGES, Limits
from tests.infra.conftest import WITH_FRONT_DOOR, Synthesized
from tests.infra.templates import Assembly, Resource, Template, in_words


@pytest.fixture(scope="session")
def stack(with_front_door: Assembly) -> Template:
    return with_front_door.front_door


def config(stack: Template) -> Mapping[str, Any]:
    found: Mapping[str, Any] = stack.only("CloudFront::Distribution").properties[
        "DistributionConfig"
    ]
    return found


def behaviors(stack: Template) -> list[Mapping[str, Any]]:
    return [config(stack)["DefaultCacheBehavior"], *config(stack)["CacheBehaviors"]]


def question(stack: Template) -> Resource:
    """What asks for the id of CloudFront's security group."""
    (found,) = [resource for resource in stack.resources if resource.type == "Custom::AWS"]
    return found


def attributes(stack: Template, kind: str) -> dict[str, str]:
    (resource,) = stack.all_of(kind)
    listed = next(v for name, v in resource.properties.items() if name.endswith("Attributes"))
    return {one["Key"]: one["Value"] for one in listed}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_that_asks_for_none_has_none(name: str, synthesized: Synthesized) -> None:
    assembly = synthesized(STAGES[name])
    assert assembly.with_front_door is None
    assert "front-door" not in json.dumps(assembly.manifest)


def test_there_is_one_api_url(prod: Assembly, with_front_door: Assembly) -> None:
    def outputs(template: Template) -> set[str]:
        return {name for name, o in template.body["Outputs"].items() if "Export" not in o}

    assert outputs(prod.api) == {"ApiUrl"}
    assert outputs(with_front_door.api) == {"RegionalUrl"}
    assert outputs(with_front_door.front_door) == {"ApiUrl"}


def test_the_old_url_stays_what_it_was(prod: Assembly, with_front_door: Assembly) -> None:
    before = in_words(prod, prod.api.body["Outputs"]["ApiUrl"]["Value"])
    after = with_front_door.api.body["Outputs"]["RegionalUrl"]["Value"]
    assert in_words(with_front_door, after) == before


def test_the_url_is_that_of_cloudfront(with_front_door: Assembly, stack: Template) -> None:
    distribution = stack.only("CloudFront::Distribution").logical_id
    url = in_words(with_front_door, stack.body["Outputs"]["ApiUrl"]["Value"])
    assert url == f"https://<{distribution}.DomainName>/v1"


def test_a_front_door_changes_nothing_that_is_kept_but_from_where_pages_may_send(
    prod: Assembly, with_front_door: Assembly
) -> None:
    before, after = (deepcopy(stage.data.body["Resources"]) for stage in (prod, with_front_door))
    bucket = prod.data.only("S3::Bucket", "Content/Bucket").logical_id
    for resources in (before, after):
        del resources[bucket]["Properties"]["CorsConfiguration"]
    assert after == before


def test_there_is_no_nat_gateway(stack: Template) -> None:
    assert stack.all_of("EC2::NatGateway") == []
    assert stack.all_of("EC2::EIP") == []


def test_the_zones_are_looked_up_by_cloudformation(stack: Template) -> None:
    zones = [subnet.properties["AvailabilityZone"] for subnet in stack.all_of("EC2::Subnet")]
    assert zones == [{"Fn::Select": [n, {"Fn::GetAZs": ""}]} for n in (0, 1, 0, 1)]


def test_the_zones_may_be_named(synthesized: Synthesized) -> None:
    zones = ("us-east-1b", "us-east-1d")
    named = synthesized(replace(WITH_FRONT_DOOR, front_door=FrontDoor(zones=zones)))
    subnets = named.front_door.all_of("EC2::Subnet")
    assert {subnet.properties["AvailabilityZone"] for subnet in subnets} == set(zones)


def test_the_load_balancer_is_not_on_the_internet(stack: Template) -> None:
    balancer = stack.only("ElasticLoadBalancingV2::LoadBalancer").properties
    assert balancer["Scheme"] == "internal"
    private = {s.logical_id for s in stack.all_of("EC2::Subnet") if "/LoadBalancer" in s.path}
    assert {subnet["Ref"] for subnet in balancer["Subnets"]} == private
    outward = {route.path.split("/")[3] for route in stack.all_of("EC2::Route")}
    assert outward == {"TasksSubnet1", "TasksSubnet2"}


def test_only_cloudfront_reaches_the_load_balancer_and_only_that_the_tasks(
    with_front_door: Assembly, stack: Template
) -> None:
    group = stack.only("EC2::SecurityGroup", "LoadBalancer/Group").logical_id
    tasks = stack.only("EC2::SecurityGroup", "LoadBalancer/Tasks").logical_id
    asked = question(stack).logical_id
    rules = {
        (
            in_words(with_front_door, rule.properties["GroupId"]),
            in_words(with_front_door, rule.properties["SourceSecurityGroupId"]),
            rule.properties["FromPort"],
            rule.properties["ToPort"],
        )
        for rule in stack.all_of("EC2::SecurityGroupIngress")
    }
    assert rules == {
        (f"<{group}.GroupId>", f"<{asked}.SecurityGroups.0.GroupId>", 80, 80),
        (f"<{tasks}.GroupId>", f"<{group}.GroupId>", 8080, 8080),
    }
    for one in stack.all_of("EC2::SecurityGroup"):
        assert "SecurityGroupIngress" not in one.properties


def test_the_load_balancer_reaches_the_tasks_and_these_https_alone(stack: Template) -> None:
    tasks = stack.only("EC2::SecurityGroup", "LoadBalancer/Tasks")
    group = stack.only("EC2::SecurityGroup", "LoadBalancer/Group")
    (out,) = tasks.properties["SecurityGroupEgress"]
    assert (out["FromPort"], out["ToPort"], out["IpProtocol"]) == (443, 443, "tcp")
    # With a rule of its own a group has no longer the one that lets everything out.
    assert "SecurityGroupEgress" not in group.properties
    rule = stack.only("EC2::SecurityGroupEgress").properties
    assert rule["GroupId"] == {"Fn::GetAtt": [group.logical_id, "GroupId"]}
    assert rule["DestinationSecurityGroupId"] == {"Fn::GetAtt": [tasks.logical_id, "GroupId"]}


def test_cloudfront_s_group_is_asked_for_once_it_is_there(stack: Template) -> None:
    asked = question(stack)
    assert stack.only("CloudFront::Distribution").logical_id in asked.body["DependsOn"]
    vpc = stack.only("EC2::VPC").logical_id
    for event in ("Create", "Update"):
        call = json.dumps(asked.properties[event])
        assert "describeSecurityGroups" in call
        assert "CloudFront-VPCOrigins-Service-SG" in call
        assert f'{{"Ref": "{vpc}"}}' in call


def test_who_waits_longest_is_asked_last(stack: Template) -> None:
    settings = FrontDoor()
    assert settings.window_seconds < FRONT_DOOR_SECONDS < IDLE_SECONDS
    # Whoever sends on a connection that it keeps must not find it closed by the other end.
    assert KEEP_ALIVE_SECONDS < IDLE_SECONDS < program.KEEP_ALIVE_SECONDS
    assert program.GRACE_SECONDS < STOP_SECONDS
    balancer = attributes(stack, "ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["idle_timeout.timeout_seconds"] == str(IDLE_SECONDS)
    targets = attributes(stack, "ElasticLoadBalancingV2::TargetGroup")
    assert targets["deregistration_delay.timeout_seconds"] == str(DRAIN_SECONDS)


def test_health_is_asked_for_often(stack: Template) -> None:
    targets = stack.only("ElasticLoadBalancingV2::TargetGroup").properties
    assert targets["HealthCheckPath"] == "/health"
    assert targets["HealthCheckIntervalSeconds"] == 10
    assert targets["TargetType"] == "ip"


def test_both_origins_are_known_to_the_function(with_front_door: Assembly, stack: Template) -> None:
    known = {origin["Id"]: origin for origin in config(stack)["Origins"]}
    assert set(known) == {API, FRONT_DOOR}
    rest_api = with_front_door.api.only("ApiGateway::RestApi").logical_id
    api = known[API]
    host = in_words(with_front_door, api["DomainName"])
    assert host == f"<{rest_api}>.execute-api.<AWS::Region>.<AWS::URLSuffix>"
    assert "OriginPath" not in api  # the stage's name is the first segment of every path
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["CustomOriginConfig"]["OriginReadTimeout"] == API_SECONDS > 29
    front_door = known[FRONT_DOOR]["VpcOriginConfig"]
    assert front_door["OriginReadTimeout"] == FRONT_DOOR_SECONDS == 120
    origin = stack.only("CloudFront::VpcOrigin")
    assert front_door["VpcOriginId"] == {"Fn::GetAtt": [origin.logical_id, "Id"]}
    endpoint = origin.properties["VpcOriginEndpointConfig"]
    balancer = stack.only("ElasticLoadBalancingV2::LoadBalancer").logical_id
    assert endpoint["Arn"] == {"Ref": balancer}
    assert endpoint["OriginProtocolPolicy"] == "http-only"


def test_every_request_is_routed_and_sent_on_as_it_is(stack: Template) -> None:
    function = stack.only("CloudFront::Function").logical_id
    for behavior in behaviors(stack):
        assert behavior["FunctionAssociations"] == [
            {
                "EventType": "viewer-request",
                "FunctionARN": {"Fn::GetAtt": [function, "FunctionARN"]},
            }
        ]
        assert len(behavior["AllowedMethods"]) == 7
        assert behavior["Compress"] is False
        assert behavior["ViewerProtocolPolicy"] == "https-only"
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
        assert behavior["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def test_no_answer_is_kept(stack: Template) -> None:
    for behavior in behaviors(stack):
        # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
        assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    kept = {one["ErrorCode"]: one for one in config(stack)["CustomErrorResponses"]}
    assert set(kept) == set(KEPT_ERRORS)
    for status, answer in kept.items():
        assert answer == {"ErrorCode": status, "ErrorCachingMinTTL": 0}


def test_the_function_has_the_stage_s_limit(synthesized: Synthesized, stack: Template) -> None:
    smaller = synthesized(replace(WITH_FRONT_DOOR, limits=Limits(inline_bytes=2 * 2**20)))
    for template, inline_bytes in ((stack, 4 * 2**20), (smaller.front_door, 2 * 2**20)):
        function = template.only("CloudFront::Function").properties
        assert function["FunctionCode"] == route_function(inline_bytes)
        assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
        assert function["AutoPublish"] is True


def test_http_2_and_3_are_spoken(stack: Template) -> None:
    assert config(stack)["HttpVersion"] == "http2and3"
    assert "ViewerCertificate" not in config(stack)  # CloudFront's own, with its own rules


def test_every_log_is_kept_for_as_long_as_the_stage_says(stack: Template) -> None:
    groups = stack.all_of("Logs::LogGroup")
    assert len(groups) == 2  # the tasks', and that of the function which asks for the group
    assert {group.properties["RetentionInDays"] for group in groups} == {STAGES["prod"].log_days}
    bucket = stack.only("S3::Bucket")
    assert config(stack)["Logging"]["Bucket"]["Fn::GetAtt"][0] == bucket.logical_id
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == STAGES["prod"].log_days


def test_only_the_log_of_requests_outlives_the_stack(stack: Template) -> None:
    outliving = [r for r in stack.resources if r.body.get("DeletionPolicy", "Delete") != "Delete"]
    assert [r.type for r in outliving] == ["AWS::S3::Bucket"]
