"""What `make deploy` would change, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.choice import Choice
from infra.operation import rollback
from infra.operation.account import plain_errors
from infra.operation.cdk import ASSEMBLY, write_assembly
from infra.operation.changes import Template, deployed_template, written_template
from infra.operation.deploy import blocked_stacks, is_there, losses_of
from infra.operation.found import API, DATA, FRONT_DOOR, FoundStack, find_stacks
from infra.operation.grants import exports, grants, widened
from infra.operation.tools import Tools
from infra.operation.words import contents, describe
from infra.stages import Stage

Templates = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class _Difference:
    """What a deployment would do, by the stacks' names.

    Args:
        changed: Of each stack that there is, what would change.
        new: Of each that there is not, what it would hold.
        gone: Those that are not asked for any more.
        wider: What may be done more than now, in the stacks that there are.
    """

    changed: Mapping[str, Sequence[str]]
    new: Mapping[str, str]
    gone: Sequence[str]
    wider: Sequence[str]


def difference(choice: Choice, stage: Stage, tools: Tools, *, full: bool) -> int:
    """Show what a deployment would change; 0, or 1 where `make deploy` would refuse it.

    Args:
        choice: What the command line chose.
        stage: The stage that it names.
        tools: What it is done with.
        full: Show the CDK's own difference, line by line; the exit code is the CDK's then, unless
            it would be refused.

    Raises:
        OperationError: The app is not synthesized.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
        refused = blocked_stacks(stacks, tools.account)
    write_assembly(choice, tools.synthesize, protect=is_there(stacks))
    refused += losses_of(stacks, tools)
    for sentence in refused:
        tools.say(f"`make deploy` refuses this: {sentence}")
    if full:
        code = tools.run(["diff", "--app", ASSEMBLY])
        return 1 if refused else code
    found = _compare(_deployed(stacks, tools), _written(stage, tools))
    planned = None if refused else rollback.planned(stage, stacks.get(API), tools)
    if not any(found.changed.values()) and not (found.new or found.gone or refused or planned):
        names = _and(list(found.changed))
        tools.say(f"`make deploy` would change nothing: {names} are deployed as written.")
        return 0
    for line in _lines(found):
        tools.say(line)
    tools.say("`make deploy` would refuse." if refused else _ending(found, stage, planned))
    return 1 if refused else 0


def _deployed(stacks: Mapping[str, FoundStack], tools: Tools) -> Templates:
    with plain_errors():
        return {
            stack.name: deployed_template(tools.account.cloudformation, stack)
            for stack in stacks.values()
            if stack.is_there
        }


def _written(stage: Stage, tools: Tools) -> Templates:
    """Only the stage's own: what was synthesized of another before may lie there too."""
    parts = (DATA, API) if stage.front_door is None else (DATA, API, FRONT_DOOR)
    names = [f"{stage.prefix}-{part}" for part in parts]
    return {name: written_template(tools.root / ASSEMBLY, name) for name in names}


def _compare(deployed: Templates, written: Templates) -> _Difference:
    before, after = _exports(deployed), _exports(written)
    both = [name for name in written if name in deployed]
    return _Difference(
        changed={name: describe(deployed[name], written[name]) for name in both},
        new={name: contents(written[name]) for name in written if name not in deployed},
        gone=[name for name in deployed if name not in written],
        wider=[
            line
            for name in both
            for line in widened(grants(deployed[name], before), grants(written[name], after))
        ],
    )


def _exports(templates: Templates) -> Mapping[str, str]:
    """What the exports of all stacks stand for."""
    return {name: text for each in templates.values() for name, text in exports(each).items()}


def _lines(found: _Difference) -> Iterator[str]:
    for name, lines in found.changed.items():
        yield f"{name}:" if lines else f"{name}: nothing changes"
        yield from (f"  {line}" for line in lines)
    for name, held in found.new.items():
        yield f"{name} is new: {held}"
    for name in found.gone:
        yield f"{name} is no longer asked for, and stays. docs/front-door.md says how to delete it."
    if found.wider:
        yield "More may be done than now:"
        yield from (f"  {line}" for line in found.wider)


def _ending(found: _Difference, stage: Stage, planned: str | None) -> str:
    """What `make deploy` would do."""
    changed = [name for name, lines in found.changed.items() if lines]
    done = [f"make {_and(list(found.new))}"] if found.new else []
    done += [f"change {_and(changed)}"] if changed else []
    asking = ", and ask before it does, unless YES=1" if found.wider or found.new else ""
    sentence = f"`make deploy` would {_and(done) or 'change no stack'}{asking}."
    if planned:
        return f"{sentence} Then it would {planned}."
    if stage.rollback_minutes is not None and f"{stage.prefix}-{API}" in changed:
        return f"{sentence} An alarm within {stage.rollback_minutes} minutes would undo it."
    return sentence


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
