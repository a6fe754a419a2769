"""The team's own settings: one TOML file outside our code, so that upgrading is no merge.

It has a table for each stage that differs from ours, and for each stage of the team's own.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from infra.fields import FieldError, with_changes
from infra.stages import STAGES, Stage, StageError

# What Larder decides, or the command line of a deployment.
NOT_SETTINGS = frozenset({"name", "target", "protect", "local_port"})
LIKE = "like"

# A part of every stack's name, and of the text that S3 cuts a bucket's name from.
_NAME = r"[a-z][a-z0-9-]{0,14}[a-z0-9]"


def read_settings(path: Path) -> Mapping[str, Stage]:
    """Every stage that there is, with what the file says of it.

    Args:
        path: The file.

    Raises:
        StageError: It cannot be read, or names what there is not; in one line that says where.
    """
    stages = dict(STAGES)
    for name, table in _tables(path).items():
        place = f"{path.name}: [{name}]"
        if not isinstance(table, dict):
            raise StageError(f"{path.name}: '{name}' is outside a stage's table, such as [prod].")
        try:
            base = _base(name, table.pop(LIKE, None), stages)
            stages[name] = with_changes(base, table, name, hidden=NOT_SETTINGS)
        except FieldError as error:
            raise StageError(f"{path.name}: {error}") from None
        except StageError as error:
            raise StageError(f"{place}: {error}") from None
    return MappingProxyType(stages)


def _tables(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise StageError(f"The settings {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StageError(f"{path.name} is not TOML: {error}.") from None


def _base(name: str, like: object, stages: Mapping[str, Stage]) -> Stage:
    """What a table of this name changes."""
    if name == "local":
        raise StageError("the stage that runs on this machine has no settings.")
    if name in STAGES:
        if like is not None:
            raise StageError(f"'{LIKE}' is for a stage of your own.")
        return STAGES[name]
    if not re.fullmatch(_NAME, name):
        raise StageError(
            "a stage's name has 2 to 16 lower-case letters, digits and hyphens, "
            "beginning with a letter and not ending with a hyphen."
        )
    known = {known: stage for known, stage in stages.items() if known != "local"}
    if not isinstance(like, str) or like not in known:
        raise StageError(
            f"a stage of your own begins with: {LIKE} = NAME, NAME being a stage above it or "
            f"one of: {', '.join(known)}."
        )
    return replace(known[like], name=name)
