"""What `make deploy` would change, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.choice import Choice
from infra.operation.account import plain_errors
from infra.operation.cdk import ASSEMBLY, write_assembly
from infra.operation.changes import Template, deployed_template, written_template
from infra.operation.deploy import is_there, losses_of, ways_out
from infra.operation.found import API, DATA, FRONT_DOOR, FoundStack, find_stacks
from infra.operation.grants import exports, grants, widened
from infra.operation.tools import Tools
from infra.operation.words import contents, describe
from infra.stages import Stage


@dataclass(frozen=True, slots=True)
class _Templates:
    """A stage's templates by their stacks' names.

    Args:
        deployed: Those of the stacks that there are.
        written: Those that would be deployed.
    """

    deployed: Mapping[str, Template]
    written: Mapping[str, Template]


def difference(choice: Choice, stage: Stage, tools: Tools, *, full: bool) -> int:
    """Show what a deployment would change; 0, or 1 where `make deploy` would refuse it.

    Args:
        choice: What was said.
        stage: The stage that it names.
        tools: What it is done with.
        full: Show the CDK's own difference, line by line; then the exit code is the CDK's, unless
            it is refused.

    Raises:
        OperationError: The app is not synthesized.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
        refused = ways_out(stacks, tools.account)
    write_assembly(choice, tools.synthesize, protect=is_there(stacks))
    refused += losses_of(stacks, tools)
    for sentence in refused:
        tools.say(f"`make deploy` refuses this: {sentence}")
    code = 0
    if full:
        code = tools.run(["diff", "--app", ASSEMBLY])
    else:
        for line in _lines(_templates(stage, stacks, tools), stage, refused=bool(refused)):
            tools.say(line)
    return 1 if refused else code


def _templates(stage: Stage, stacks: Mapping[str, FoundStack], tools: Tools) -> _Templates:
    parts = (DATA, API) if stage.front_door is None else (DATA, API, FRONT_DOOR)
    written = [f"{stage.prefix}-{part}" for part in parts]
    with plain_errors():
        deployed = {
            stack.name: deployed_template(tools.account.cloudformation, stack)
            for stack in stacks.values()
            if stack.is_there
        }
    return _Templates(
        deployed, {name: written_template(tools.root / ASSEMBLY, name) for name in written}
    )


def _lines(templates: _Templates, stage: Stage, *, refused: bool) -> Iterator[str]:
    changed = {
        name: describe(templates.deployed[name], written)
        for name, written in templates.written.items()
        if name in templates.deployed
    }
    new = [name for name in templates.written if name not in templates.deployed]
    gone = [name for name in templates.deployed if name not in templates.written]
    if not any(changed.values()) and not new and not gone and not refused:
        yield f"`make deploy` would change nothing: {_and(list(changed))} are deployed as written."
        return
    for name, lines in changed.items():
        yield f"{name}:" if lines else f"{name}: nothing changes"
        yield from (f"  {line}" for line in lines)
    for name in new:
        yield f"{name} is new: {contents(templates.written[name])}"
    for name in gone:
        yield f"{name} is no longer asked for, and stays. docs/front-door.md says how to delete it."
    wider = _widened(templates)
    if wider:
        yield "More may be done than now:"
        yield from (f"  {line}" for line in wider)
    if refused:
        yield "`make deploy` would refuse, and change nothing."
    else:
        yield _ending([name for name in changed if changed[name]], new, stage, asks=bool(wider))


def _widened(templates: _Templates) -> list[str]:
    """What more may be done, in the stacks that there are."""
    before = {
        name: text for each in templates.deployed.values() for name, text in exports(each).items()
    }
    after = {
        name: text for each in templates.written.values() for name, text in exports(each).items()
    }
    return [
        line
        for name, written in templates.written.items()
        if name in templates.deployed
        for line in widened(grants(templates.deployed[name], before), grants(written, after))
    ]


def _ending(changed: list[str], new: list[str], stage: Stage, *, asks: bool) -> str:
    """What `make deploy` would do."""
    done = [f"make {_and(new)}"] if new else []
    done += [f"change {_and(changed)}"] if changed else []
    if not done:
        return "`make deploy` would change nothing."
    asked = ", and ask before it does, unless YES=1" if asks or new else ""
    watched = (
        f" CloudFormation would undo it at an alarm within {stage.rollback_minutes} minutes."
        if stage.rollback_minutes is not None and f"{stage.prefix}-{API}" in changed
        else ""
    )
    return f"`make deploy` would {' and '.join(done)}{asked}.{watched}"


def _and(names: list[str]) -> str:
    return " and ".join(names)
