"""One deployment: a stage's stacks, checked against AWS's own rules as they are made."""

from pathlib import Path

from aws_cdk import App, Validations
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
        front_door_asset: That of the front door's; only a stage that has one needs it.
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
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
