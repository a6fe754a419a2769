"""Two deployments live in one account: no resource has a name of ours, and no export is shared."""

import json

import pytest

from infra.choice import find_stage
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly

PHYSICAL_NAMES = {
    "AlarmName",
    "BucketName",
    "DBName",
    "FunctionName",
    "LogGroupName",
    "PolicyName",
    "QueueName",
    "RoleName",
    "TableName",
    "TopicName",
}
# What these name are other resources, a policy within one service, or a log of the API's own id.
REFERENCES = {
    ("AWS::ApplicationAutoScaling::ScalingPolicy", "PolicyName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::Lambda::Permission", "FunctionName"),
    ("AWS::Lambda::EventSourceMapping", "FunctionName"),
}


@pytest.fixture(scope="session")
def second(synthesized: Synthesized) -> Assembly:
    return synthesized(find_stage("prod", deployment="second"))


def test_no_resource_has_a_name_of_ours(every_stage: Assembly) -> None:
    named = [
        (resource.path, name)
        for stack in every_stage.stacks
        for resource in stack.resources
        for name in PHYSICAL_NAMES & set(resource.properties)
        if (resource.type, name) not in REFERENCES
    ]
    assert named == []


def test_the_stacks_are_named_for_deployment_and_stage(prod: Assembly, second: Assembly) -> None:
    for assembly, deployment in ((prod, "larder"), (second, "second")):
        stacks = {
            name
            for name, artifact in assembly.manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        assert stacks == {f"{deployment}-prod-data", f"{deployment}-prod-api"}


def test_a_front_door_has_a_stack_of_its_own(with_front_door: Assembly) -> None:
    stacks = {
        name
        for name, artifact in with_front_door.manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert stacks == {"larder-prod-data", "larder-prod-api", "larder-prod-front-door"}


def test_two_deployments_share_no_export(prod: Assembly, second: Assembly) -> None:
    names = [
        {o["Export"]["Name"] for o in a.data.body["Outputs"].values() if "Export" in o}
        for a in (prod, second)
    ]
    assert names[0]
    assert names[0].isdisjoint(names[1])


def test_a_deployment_imports_what_it_exports_itself(second: Assembly) -> None:
    assert "larder-prod" not in json.dumps(second.api.body)


def test_two_apis_are_told_apart_in_the_metrics(prod: Assembly, second: Assembly) -> None:
    names = [a.api.only("ApiGateway::RestApi").properties["Name"] for a in (prod, second)]
    assert names == ["larder-prod", "second-prod"]


def test_the_stacks_go_to_whatever_account_and_region_one_deploys_with(prod: Assembly) -> None:
    assert "missing" not in prod.manifest
    for artifact in prod.manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            assert artifact["environment"] == "aws://unknown-account/unknown-region"
