"""Deploying a stage, so that neither a failure nor a mistake gets in the way of the next time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.choice import Choice
from infra.operation.account import Account, plain_errors
from infra.operation.by_hand import way_out
from infra.operation.cdk import ASSEMBLY, ROOT, Run, write_assembly
from infra.operation.changes import deployed_template, losses, written_template
from infra.operation.errors import OperationError
from infra.operation.found import DATA, FoundStack, begun_anew, find_stacks, resources
from infra.stages import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a deployment is done with.

    Args:
        account: Where to.
        run: Runs the CDK's command line.
        synthesize: Runs its `synth`.
        say: Told what a person should know.
        root: The checkout.
    """

    account: Account
    run: Run
    synthesize: Run
    say: Callable[[str], None]
    root: Path = ROOT


def deploy(choice: Choice, stage: Stage, tools: Tools, *, approved: bool) -> int:
    """Deploy a stage's stacks; the CDK's exit code.

    What is retained is protected from deletion only once it is there: CloudFormation could not undo
    a first deployment that fails, nor could the CDK begin anew.

    Args:
        choice: What was said.
        stage: The stage that it names.
        tools: What it is done with.
        approved: Do not ask before permissions are widened.

    Raises:
        OperationError: A stack is stuck, data would be lost, or the app is not synthesized.
    """
    stacks = unstuck(stage, tools)
    protect = is_there(stacks)
    write_assembly(choice, tools.synthesize, protect=protect)
    refuse_losses(stacks, tools)
    command = ["deploy", "--app", ASSEMBLY]
    asking = ["--require-approval", "never"] if approved else []
    code = tools.run([*command, "--all", *asking])
    if code != 0 or protect or not stage.retain:
        return code
    tools.say("It is there. Now it is protected from deletion …")
    write_assembly(choice, tools.synthesize, protect=True)
    protecting = ["--exclusively", "--require-approval", "never"]
    return tools.run([*command, f"{stage.prefix}-{DATA}", *protecting])


def difference(choice: Choice, stage: Stage, tools: Tools) -> int:
    """Show what a deployment would change; the CDK's exit code, 0 if it could be shown.

    Raises:
        OperationError: The app is not synthesized.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
    write_assembly(choice, tools.synthesize, protect=is_there(stacks))
    code = tools.run(["diff", "--app", ASSEMBLY])
    for sentence in _losses(stacks, tools):
        tools.say(f"`make deploy` refuses this: {sentence}")
    return code


def unstuck(stage: Stage, tools: Tools) -> dict[str, FoundStack]:
    """The stacks that there are, none of which is in the way.

    Raises:
        OperationError: One is; the message has the commands that mend it.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
        stuck = [_way_out(stack, tools.account) for stack in stacks.values()]
    if said := [each for each in stuck if each]:
        raise OperationError("\n".join(said))
    for stack in stacks.values():
        if sentence := begun_anew(stack):
            tools.say(sentence)
    return stacks


def _way_out(stack: FoundStack, account: Account) -> str | None:
    held = [] if stack.is_there else list(resources(account.cloudformation, stack))
    return way_out(stack, held, account.region)


def is_there(stacks: dict[str, FoundStack]) -> bool:
    """Whether the data stack was ever deployed with success."""
    return DATA in stacks and stacks[DATA].is_there


def refuse_losses(stacks: dict[str, FoundStack], tools: Tools) -> None:
    """Refuse what would lose what users stored.

    Raises:
        OperationError: It would.
    """
    if sentences := _losses(stacks, tools):
        raise OperationError(
            f"Nothing was deployed. {' '.join(sentences)} If that is what you want, save what "
            f"is to be kept first; then: node_modules/.bin/cdk deploy --app {ASSEMBLY} --all"
        )


def _losses(stacks: dict[str, FoundStack], tools: Tools) -> list[str]:
    if not is_there(stacks):
        return []
    with plain_errors():
        deployed = deployed_template(tools.account.cloudformation, stacks[DATA])
    return list(losses(deployed, written_template(tools.root / ASSEMBLY, stacks[DATA])))
