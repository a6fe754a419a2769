"""The CDK app: `cdk deploy --all -c stage=prod`.

Context: `stage`; `deployment`, which begins the stacks' names (`larder` unless given);
`front_door`, true or false, in place of what the stage says; and for the local stage `port`, where
the emulator listens.
"""

import os
import sys

from aws_cdk import App

from infra.bundle import FRONT_DOOR, AssetError, build_asset
from infra.deployment import add_deployment
from infra.endpoint import refuse_emulator
from infra.stages import StageError, find_stage


def main() -> None:
    """Synthesize the stage that the context names."""
    app = App()
    context = app.node.try_get_context
    try:
        stage = find_stage(
            context("stage"),
            deployment=context("deployment"),
            port=context("port"),
            front_door=context("front_door"),
        )
        refuse_emulator(stage, os.environ)
        asset = build_asset(stage.target)
        front_door = build_asset(stage.target, FRONT_DOOR) if stage.front_door else None
    except (AssetError, StageError) as error:
        sys.exit(str(error))
    add_deployment(app, stage=stage, asset=asset, front_door_asset=front_door)
    app.synth()


if __name__ == "__main__":
    main()
