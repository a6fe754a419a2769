"""The front door's task: what it may do, what it is told, and how many there are."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra.front_door_command import IMAGE
from infra.front_door_settings import FrontDoor
from infra.routes import FRONT_DOOR
from infra.rows import Resource
from infra.stages import limits_as_settings
from tests.infra.conftest import WITH_FRONT_DOOR
from tests.infra.templates import Assembly, Template, in_words, statements
from tests.infra.test_functions import Grants, arns, prefix_of


@pytest.fixture(scope="session")
def stack(with_front_door: Assembly) -> Template:
    return with_front_door.front_door


@pytest.fixture
def definition(stack: Template) -> Mapping[str, Any]:
    return stack.only("ECS::TaskDefinition").properties


@pytest.fixture
def container(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    (only,) = definition["ContainerDefinitions"]
    found: Mapping[str, Any] = only
    return found


def granted(assembly: Assembly, role: Mapping[str, Any]) -> Grants:
    """Every action on every resource that a role allows."""
    role_id = role["Fn::GetAtt"][0]
    found = assembly.front_door.body["Resources"][role_id]["Properties"]
    return {
        (action, words(assembly, resource), prefix_of(condition))
        for policy in found["Policies"]
        for actions, resources, condition in statements(policy["PolicyDocument"])
        for action in actions
        for resource in resources
    }


def words(assembly: Assembly, value: Any) -> str:
    """An ARN as text, CDK's own bucket as <assets>."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(words(assembly, part) for part in parts)
    if isinstance(value, dict) and "Fn::Sub" in value:
        assert value["Fn::Sub"] == "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
        return "<assets>"
    return in_words(assembly, value)


def stated(assembly: Assembly) -> Grants:
    kinds = arns(assembly)
    return {
        (action, kinds[permission.resource], permission.prefix)
        for permission in FRONT_DOOR.permissions
        for action in permission.actions
    }


def own_code(stack: Template) -> str:
    (command,) = [
        container["Command"]
        for container in stack.only("ECS::TaskDefinition").properties["ContainerDefinitions"]
    ]
    return str(command[-1])


def test_the_task_may_do_what_its_row_says_and_fetch_its_code(
    with_front_door: Assembly, stack: Template, definition: Mapping[str, Any]
) -> None:
    code = f"arn:<AWS::Partition>:s3:::<assets>/{own_code(stack)}"
    allowed = granted(with_front_door, definition["TaskRoleArn"])
    assert allowed == stated(with_front_door) | {("s3:GetObject", code, None)}


def test_fargate_may_write_the_task_s_log_and_nothing_else(
    with_front_door: Assembly, stack: Template, definition: Mapping[str, Any]
) -> None:
    log = stack.only("Logs::LogGroup", "Tasks/").logical_id
    assert granted(with_front_door, definition["ExecutionRoleArn"]) == {
        ("logs:CreateLogStream", f"<{log}.Arn>", None),
        ("logs:PutLogEvents", f"<{log}.Arn>", None),
    }


def test_no_policy_is_added_beside_the_roles_own(stack: Template) -> None:
    assert stack.all_of("IAM::Policy") == []
    assert stack.all_of("IAM::ManagedPolicy") == []
    assert [r for r in stack.all_of("IAM::Role") if "ManagedPolicyArns" in r.properties] == []


def test_nobody_but_who_asks_for_cloudfronts_group_may_touch_every_resource(
    stack: Template,
) -> None:
    everything = {
        (role.path.split("/")[1], action)
        for role in stack.all_of("IAM::Role")
        for policy in role.properties["Policies"]
        for actions, resources, _ in statements(policy["PolicyDocument"])
        for action in actions
        if "*" in resources
    }
    assert everything == {("OriginAccess", "ec2:DescribeSecurityGroups")}


def test_the_row_lists_a_bucket_below_a_prefix_only() -> None:
    prefixes = [p.prefix for p in FRONT_DOOR.permissions if "s3:ListBucket" in p.actions]
    assert prefixes == ["parts/*"]


def test_the_row_reads_keys_and_never_writes_them() -> None:
    (keys,) = [p for p in FRONT_DOOR.permissions if p.resource is Resource.API_KEYS]
    assert keys.actions == ("dynamodb:GetItem",)


def test_the_ways_to_s3_and_dynamodb_are_open_to_the_task_for_just_that(
    with_front_door: Assembly, stack: Template, definition: Mapping[str, Any]
) -> None:
    role = definition["TaskRoleArn"]
    open_ways: Grants = set()
    for endpoint in stack.all_of("EC2::VPCEndpoint"):
        assert endpoint.properties["VpcEndpointType"] == "Gateway"  # which cost nothing
        for statement in endpoint.properties["PolicyDocument"]["Statement"]:
            condition = dict(statement["Condition"])
            assert condition.pop("ArnEquals") == {"aws:PrincipalArn": role}
            for actions, resources, _ in statements({"Statement": [statement]}):
                open_ways |= {
                    (action, words(with_front_door, resource), prefix_of(condition or None))
                    for action in actions
                    for resource in resources
                }
    assert open_ways == granted(with_front_door, role)


def test_the_task_is_told_where_everything_is(
    with_front_door: Assembly, container: Mapping[str, Any]
) -> None:
    environment = {
        one["Name"]: in_words(with_front_door, one["Value"]) for one in container["Environment"]
    }
    catalog = with_front_door.data.only("DynamoDB::Table", "Catalog").logical_id
    api_keys = with_front_door.data.only("DynamoDB::Table", "ApiKeys").logical_id
    content = with_front_door.data.only("S3::Bucket", "Content/Bucket").logical_id
    assert json.loads(environment.pop("LIMITS")) == json.loads(
        json.dumps(limits_as_settings(WITH_FRONT_DOOR.limits))
    )
    assert json.loads(environment.pop("FRONT_DOOR")) == {
        "requests_at_once": 32,
        "window_seconds": 60,
        "window_bytes": 262_144,
        "request_seconds": 3600,
    }
    assert environment == {
        "API_KEYS_TABLE": f"<{api_keys}>",
        "AWS_DEFAULT_REGION": "<AWS::Region>",
        "AWS_REGION": "<AWS::Region>",
        "BOTO_DISABLE_CRT": "true",
        "CATALOG_TABLE": f"<{catalog}>",
        "CONTENT_BUCKET": f"<{content}>",
        "CONTENT_URL": f"https://<{content}.RegionalDomainName>",
        "PORT": "8080",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "larder-prod",
    }


def test_the_task_runs_on_what_its_code_was_built_for(
    definition: Mapping[str, Any], container: Mapping[str, Any]
) -> None:
    platform = {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}
    assert definition["RuntimePlatform"] == platform
    assert container["EntryPoint"] == ["python3.14"]
    assert container["Image"] == IMAGE
    assert IMAGE.startswith("public.ecr.aws/lambda/python:3.14.")


def test_the_task_has_no_more_rights_in_its_container_than_it_needs(
    container: Mapping[str, Any],
) -> None:
    assert container["User"] not in ("", "0", "root")
    assert "Privileged" not in container


def test_the_task_has_the_time_to_finish_and_its_log_holds_up_nobody(
    container: Mapping[str, Any],
) -> None:
    assert container["StopTimeout"] == 120
    assert container["LogConfiguration"]["Options"]["mode"] == "non-blocking"


def test_the_task_is_as_large_as_the_stage_says(definition: Mapping[str, Any]) -> None:
    settings = FrontDoor()
    assert definition["Cpu"] == str(settings.cpu)
    assert definition["Memory"] == str(settings.memory_mib)


def test_a_bad_deployment_is_taken_back_and_a_good_one_has_a_task_at_all_times(
    stack: Template,
) -> None:
    deployment = stack.only("ECS::Service").properties["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert deployment["MinimumHealthyPercent"] == 100
    assert deployment["MaximumPercent"] == 200


def test_there_are_as_many_tasks_as_the_stage_says(stack: Template) -> None:
    count = stack.only("ApplicationAutoScaling::ScalableTarget").properties
    assert (count["MinCapacity"], count["MaxCapacity"]) == (1, 4)
    # Whoever deploys must not take away the tasks that are needed just then.
    assert "DesiredCount" not in stack.only("ECS::Service").properties


def test_more_tasks_come_by_requests_in_hand_and_by_cpu(stack: Template) -> None:
    policies = [
        policy.properties["TargetTrackingScalingPolicyConfiguration"]
        for policy in stack.all_of("ApplicationAutoScaling::ScalingPolicy")
    ]
    (cpu,) = [p for p in policies if "PredefinedMetricSpecification" in p]
    (in_hand,) = [p for p in policies if "CustomizedMetricSpecification" in p]
    metric = cpu["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert (metric, cpu["TargetValue"]) == ("ECSServiceAverageCPUUtilization", 60)
    assert in_hand["TargetValue"] == FrontDoor().requests_at_once / 2
    queries = in_hand["CustomizedMetricSpecification"]["Metrics"]
    assert [query["Id"] for query in queries if query["ReturnData"]] == ["result"]
    watched = {q["MetricStat"]["Metric"]["MetricName"] for q in queries if "MetricStat" in q}
    assert watched == {"ActiveConnectionCount", "HealthyHostCount"}
