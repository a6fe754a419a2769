"""One deployment: a stage's two stacks, checked against AWS's own rules as they are made."""

from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stages import Stage


def add_deployment(app: App, *, stage: Stage, asset: Path) -> None:
    """Put a stage's stacks into the app.

    Args:
        app: What is synthesized.
        stage: Its settings.
        asset: The folder of the functions' code, built for the stage's target.
    """
    data = DataStack(app, stage=stage)
    ApiStack(app, stage=stage, data=data, asset=asset)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
