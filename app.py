"""The CDK app: `cdk deploy --all -c stage=prod`.

Context: `stage`; `deployment`, which begins the stacks' names (`larder` unless given); and for
the local stage `port`, where the emulator listens.
"""

import os
import sys

from aws_cdk import App

from infra.bundle import AssetError, build_asset
from infra.deployment import add_deployment
from infra.endpoint import refuse_emulator
from infra.stages import StageError, find_stage


def main() -> None:
    """Synthesize the stage that the context names."""
    app = App()
    context = app.node.try_get_context
    try:
        stage = find_stage(context("stage"), deployment=context("deployment"), port=context("port"))
        refuse_emulator(stage, os.environ)
        asset = build_asset(stage.target)
    except (AssetError, StageError) as error:
        sys.exit(str(error))
    add_deployment(app, stage=stage, asset=asset)
    app.synth()


if __name__ == "__main__":
    main()
