"""AWS's own rules: cdk-nag's AwsSolutions pack and cfn-lint's."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.infra.conftest import EVERY_STAGE, WITH_FRONT_DOOR, Synthesized
from tests.infra.templates import Assembly

pytestmark = pytest.mark.xdist_group("synthesis")  # loading the CDK and cfn-lint takes seconds


def reported(assembly: Assembly, kind: str) -> Iterator[Mapping[str, Any]]:
    (report,) = assembly.nag_report["pluginReports"]
    assert report["pluginName"] == "AwsSolutions"
    yield from report[kind]


def test_no_rule_of_aws_is_broken(every_stage: Assembly) -> None:
    assert list(reported(every_stage, "violations")) == []


def test_no_rule_is_broken_where_somebody_is_told_of_alarms(synthesized: Synthesized) -> None:
    assembly = synthesized(replace(WITH_FRONT_DOOR, alarm_email="ops@example.com"))
    assert list(reported(assembly, "violations")) == []


def test_a_stack_that_breaks_a_rule_is_not_synthesized(tmp_path: Path) -> None:
    from aws_cdk import App, Stack, Validations  # noqa: PLC0415 - starts Node
    from aws_cdk import aws_sqs as sqs  # noqa: PLC0415
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "Careless"), "Queue")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_every_rule_is_acknowledged_on_the_very_construct_with_a_reason(
    every_stage: Assembly,
) -> None:
    acknowledged = list(reported(every_stage, "suppressedViolations"))
    assert acknowledged
    for rule in acknowledged:
        (construct,) = rule["violatingConstructs"]
        assert construct["constructPath"] == f"{rule['acknowledgedAt']}/Resource"
        assert len(rule["reason"].split()) > 5


def test_what_is_acknowledged_is_known(prod: Assembly) -> None:
    rules = {rule["ruleName"].partition("[")[0] for rule in reported(prod, "suppressedViolations")}
    assert rules == {
        "AwsSolutions-APIG2",
        "AwsSolutions-APIG3",
        "AwsSolutions-APIG4",
        "AwsSolutions-COG4",
        "AwsSolutions-IAM4",
        "AwsSolutions-IAM5",
        "AwsSolutions-SQS3",
    }


def test_what_is_acknowledged_of_a_front_door_is_known(with_front_door: Assembly) -> None:
    rules = {
        rule["ruleName"].partition("[")[0]
        for rule in reported(with_front_door, "suppressedViolations")
        if rule["acknowledgedAt"].startswith("larder-prod-front-door/")
    }
    assert rules == {
        "AwsSolutions-CFR1",
        "AwsSolutions-CFR2",
        "AwsSolutions-CFR4",
        "AwsSolutions-ECS2",
        "AwsSolutions-ECS4",
        "AwsSolutions-ELB2",
        "AwsSolutions-IAM5",
        "AwsSolutions-S1",
        "AwsSolutions-VPC7",
    }


@pytest.mark.slow
@pytest.mark.drawn("stage", list(EVERY_STAGE), 2)
def test_cfn_lint_has_nothing_to_say(synthesized: Synthesized, stage: str) -> None:
    for template in synthesized(EVERY_STAGE[stage]).stacks:
        assert linted(template.text) == []


def test_cfn_lint_is_heard() -> None:
    careless = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Nmae": "q"}}}}'
    (message,) = linted(careless)
    assert "Nmae" in message


def linted(template: str) -> list[str]:
    from cfnlint.api import lint  # type: ignore[import-untyped]  # noqa: PLC0415 - takes seconds
    from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # noqa: PLC0415

    # W3005: CDK writes out that a function depends on its role, which the reference says too.
    config = ManualArgs(regions=["us-east-1", "eu-central-1"], ignore_checks=["W3005"])
    return [str(match) for match in lint(template, config=config)]
