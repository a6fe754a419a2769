"""`python -m infra.operation deploy|diff|destroy`, which is `make deploy` and so on."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from infra.bundle import FRONT_DOOR, AssetError, build_asset
from infra.choice import Choice, choose_stage
from infra.endpoint import refuse_emulator
from infra.operation.account import find_account
from infra.operation.cdk import ROOT, Run, run_cdk, synthesize
from infra.operation.deploy import deploy
from infra.operation.destroy import Demolition, destroy
from infra.operation.difference import difference
from infra.operation.errors import OperationError
from infra.operation.tools import Tools
from infra.stages import Stage, StageError

REFUSED = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments ask, or print why not in a sentence; the exit code."""
    options = _parser().parse_args(arguments)
    choice = Choice(
        stage=options.stage,
        deployment=options.deployment,
        front_door=options.front_door,
        alarm_email=options.alarm_email,
        settings=options.settings,
    )
    try:
        approved, full = _is_yes("YES", options.yes), _is_yes("FULL", options.full)
        return operate(options.operation, choice, os.environ, approved=approved, full=full)
    except (AssetError, OperationError, StageError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def operate(
    operation: str, choice: Choice, environment: Mapping[str, str], *, approved: bool, full: bool
) -> int:
    """Do one operation on a stage; the exit code.

    Raises:
        AssetError: The code could not be built.
        OperationError: A person has to do something first.
        StageError: There is no such stage, or a setting is wrong.
    """
    stage = choose_stage(choice, ROOT)
    if stage.local_port is not None:
        raise OperationError("The stage that runs on this machine is `make run`.")
    refuse_emulator(stage, environment)
    if operation != "diff" and not approved and not sys.stdin.isatty():
        raise OperationError(
            f"There is no terminal to ask for approval: make {operation} "
            f"STAGE={stage.name} YES=1 does without."
        )
    account = find_account(environment)
    if operation == "destroy":
        destroy(stage, Demolition(account=account, say=_say, ask=input), approved=approved)
        return 0
    tools = Tools(account=account, run=run_cdk, synthesize=_synthesize(stage), say=_say)
    if operation == "diff":
        return difference(choice, stage, tools, full=full)
    return deploy(choice, stage, tools, approved=approved)


def _synthesize(stage: Stage) -> Run:
    """Builds what the app asks for before it does, so that a failure is ours to say."""

    def build_and_synthesize(arguments: Sequence[str]) -> int:
        build_asset(stage.target)
        if stage.front_door is not None:
            build_asset(stage.target, FRONT_DOOR)
        return synthesize(arguments)

    return build_and_synthesize


def _say(line: str) -> None:
    print(line, flush=True)


def _is_yes(name: str, value: str) -> bool:
    if value not in ("", "0", "1"):
        raise OperationError(f"{name} is '{value}'. Use {name}=1, or leave it out.")
    return value == "1"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operation")
    parser.add_argument("operation", choices=["deploy", "diff", "destroy"])
    parser.add_argument("--stage", required=True)
    for name in ("deployment", "front-door", "alarm-email", "settings", "yes", "full"):
        parser.add_argument(f"--{name}", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
