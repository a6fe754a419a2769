"""Which stage is meant: its name, the team's file, and what the command line says instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infra.front_door_settings import FrontDoor
from infra.settings import read_settings
from infra.stages import STAGES, Stage, StageError

SETTINGS = "larder.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody who deploys says, as text; None and "" say nothing.

    Args:
        stage: One of STAGES or of the file.
        deployment: Begins the stacks' names; lower-case letters, digits and hyphens.
        front_door: Whether there is one, true or false.
        alarm_email: Who is told of alarms.
        settings: The team's file; `larder.toml` beside `app.py` by default, if there is one.
        protect: Whether what is retained is protected from deletion, true or false.
        port: Where the emulator listens; only the local stage has one.
    """

    stage: str | None
    deployment: str | None = None
    front_door: str | bool | None = None
    alarm_email: str | None = None
    settings: str | None = None
    protect: str | bool | None = None
    port: str | int | None = None


def choose_stage(choice: Choice, root: Path) -> Stage:
    """The stage that is meant, with the team's settings in it.

    Args:
        choice: What the command line chose.
        root: The checkout, beside whose `app.py` the file is; the local stage needs none.

    Raises:
        StageError: There is no such stage or file, or a setting is wrong.
    """
    named = Path(choice.settings) if choice.settings else None
    path = root / (named or SETTINGS)
    stages: Mapping[str, Stage] = STAGES
    if choice.stage != "local" and (named or path.exists()):
        stages = read_settings(path)
    stage = find_stage(
        choice.stage,
        stages,
        deployment=choice.deployment or None,
        port=choice.port,
        front_door=choice.front_door if choice.front_door != "" else None,
    )
    if choice.alarm_email:
        stage = replace(stage, alarm_email=choice.alarm_email)
    if choice.protect is not None:
        stage = replace(stage, protect=_truth("protect", choice.protect))
    return stage


def find_stage(
    name: str | None,
    stages: Mapping[str, Stage] = STAGES,
    *,
    deployment: str | None = None,
    port: str | int | None = None,
    front_door: str | bool | None = None,
) -> Stage:
    """Look a stage up and put the caller's settings into it.

    Args:
        name: One of the stages.
        stages: What there is to choose from.
        deployment: Begins the stacks' names; lower-case letters, digits and hyphens.
        port: Where the emulator listens; only the local stage has one.
        front_door: Whether there is one, in place of what the stage says.

    Raises:
        StageError: There is no such stage (the message names those that there are), or the
            deployment's name, the port or `front_door` is malformed.
    """
    if name is None or name not in stages:
        allowed = ", ".join(stages)
        problem = f"Unknown stage '{name}'." if name else "No stage given."
        raise StageError(f"{problem} Choose one with -c stage=NAME, NAME being one of: {allowed}.")
    stage = stages[name]
    if deployment is not None:
        stage = replace(stage, deployment=deployment)
    if stage.local_port is not None and port is not None:
        stage = replace(stage, local_port=_port(port))
    if front_door is not None:
        stage = replace(stage, front_door=_front_door(stage, front_door))
    return stage


def _port(port: str | int) -> int:
    text = str(port)
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise StageError(f"Invalid port '{port}'. Use a number from 1 to 65535.")
    return int(text)


def _front_door(stage: Stage, wanted: str | bool) -> FrontDoor | None:
    if not _truth("front_door", wanted):
        return None
    if stage.local_port is not None:
        raise StageError(f"Stage '{stage.name}' has its front door on this machine: `make run`.")
    return stage.front_door or FrontDoor()


def _truth(name: str, value: str | bool) -> bool:
    """What `-c name=true` says; in `cdk.json` it may be a boolean."""
    text = str(value).lower() if isinstance(value, bool) else value
    if text not in ("true", "false"):
        raise StageError(f"Invalid {name} '{value}'. Use true or false.")
    return text == "true"
