"""One deployment: a stage's stacks, checked by cdk-nag during synthesis."""

from pathlib import Path

from aws_cdk import Annotations, App, Stack, Tags, Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks

from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stacks.front_door import FrontDoorStack
from infra.stages import Stage


def add_deployment(
    app: App, *, stage: Stage, asset: Path, front_door_asset: Path | None = None
) -> None:
    """Put a stage's stacks into the app.

    Args:
        app: What is synthesized.
        stage: Its settings.
        asset: The folder of the functions' code, built for the stage's target.
        front_door_asset: The folder of the front door's code, for a stage that has one.
    """
    data = DataStack(app, stage=stage)
    api = ApiStack(app, stage=stage, data=data, asset=asset)
    if stage.front_door is not None:
        assert front_door_asset is not None
        FrontDoorStack(
            app,
            stage=stage,
            front_door=stage.front_door,
            data=data,
            api=api,
            asset=front_door_asset,
        )
    for stack in (stack for stack in app.node.children if isinstance(stack, Stack)):
        _set_up(stack, stage)
    if stage.retain and stage.alarm_email is None:
        Annotations.of(api).add_warning_v2(
            "larder:nobodyIsTold",
            f"Nobody is told of the alarms of stage '{stage.name}': give it an alarm_email.",
        )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def _set_up(stack: Stack, stage: Stage) -> None:
    """Add the stage's tags to everything in a stack, and its boundary to every role."""
    ours = {"larder:deployment": stage.deployment, "larder:stage": stage.name}
    for name, value in {**stage.tags, **ours}.items():
        Tags.of(stack).add(name, value)
    if stage.permissions_boundary is not None:
        policy = iam.ManagedPolicy.from_managed_policy_arn(
            stack, "Boundary", stage.permissions_boundary
        )
        iam.PermissionsBoundary.of(stack).apply(policy)
