"""The CDK app: `cdk deploy --all -c stage=prod`.

Context: `stage`; `settings`, the team's file (`larder.toml` here, if it is there); in place of what
it says `deployment`, which begins the stacks' names, `front_door`, true or false, and
`alarm_email`; `protect`, false where a first deployment is to leave no trace should it fail
(`make deploy` knows when); and for the local stage `port`, where the emulator listens.
"""

import os
import sys
from pathlib import Path

from aws_cdk import App

from infra.bundle import FRONT_DOOR, AssetError, build_asset
from infra.choice import Choice, choose_stage
from infra.deployment import add_deployment
from infra.endpoint import refuse_emulator
from infra.stages import StageError

ROOT = Path(__file__).parent


def main() -> None:
    """Synthesize the stage that the context names."""
    app = App()
    options = {name: app.node.try_get_context(name) for name in Choice.__dataclass_fields__}
    try:
        stage = choose_stage(Choice(**options), ROOT)
        refuse_emulator(stage, os.environ)
        asset = build_asset(stage.target)
        front_door = build_asset(stage.target, FRONT_DOOR) if stage.front_door else None
    except (AssetError, StageError) as error:
        sys.exit(str(error))
    add_deployment(app, stage=stage, asset=asset, front_door_asset=front_door)
    app.synth()


if __name__ == "__main__":
    main()
