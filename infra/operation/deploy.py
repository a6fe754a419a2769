"""Deploying a stage, so that neither a failure nor a mistake gets in the way of the next time."""

from infra.choice import Choice
from infra.operation import rollback
from infra.operation.account import Account, plain_errors
from infra.operation.by_hand import recovery
from infra.operation.cdk import ASSEMBLY, write_assembly
from infra.operation.changes import deployed_template, losses, written_template
from infra.operation.errors import OperationError
from infra.operation.found import API, DATA, FoundStack, begun_anew, find_stacks, resources
from infra.operation.tools import Tools
from infra.stages import Stage


def deploy(choice: Choice, stage: Stage, tools: Tools, *, approved: bool) -> int:
    """Deploy a stage's stacks; the CDK's exit code.

    What is retained is protected from deletion only once it is there: CloudFormation could not undo
    a first deployment that fails, nor could the CDK begin anew.

    Args:
        choice: What the command line chose.
        stage: The stage that it names.
        tools: What it is done with.
        approved: Do not ask before permissions are widened.

    Raises:
        OperationError: A stack is stuck, data would be lost, or the app is not synthesized.
    """
    stacks = deployable_stacks(stage, tools)
    protect = is_there(stacks)
    write_assembly(choice, tools.synthesize, protect=protect)
    refuse_losses(stacks, tools)
    rollback.before(stage, stacks.get(API), tools)
    command = ["deploy", "--app", ASSEMBLY]
    asking = ["--require-approval", "never"] if approved else []
    code = tools.run([*command, "--all", *asking])
    if code == 0 and stage.retain and not protect:
        tools.say("It is there. Now it is protected from deletion …")
        write_assembly(choice, tools.synthesize, protect=True)
        protecting = ["--exclusively", "--require-approval", "never"]
        code = tools.run([*command, f"{stage.prefix}-{DATA}", *protecting])
    if code == 0:
        rollback.after(stage, tools)
    return code


def deployable_stacks(stage: Stage, tools: Tools) -> dict[str, FoundStack]:
    """The stacks that there are, none of which is in the way.

    Raises:
        OperationError: One is; the message has the commands that mend it.
    """
    with plain_errors():
        stacks = find_stacks(tools.account.cloudformation, stage)
        problems = blocked_stacks(stacks, tools.account)
    if problems:
        raise OperationError("\n".join(problems))
    for stack in stacks.values():
        if sentence := begun_anew(stack):
            tools.say(sentence)
    return stacks


def blocked_stacks(stacks: dict[str, FoundStack], account: Account) -> list[str]:
    """What gets those stacks out that no deployment can change."""
    sentences = []
    for stack in stacks.values():
        held = [] if stack.is_there else list(resources(account.cloudformation, stack))
        if sentence := recovery(stack, held, account.region):
            sentences.append(sentence)
    return sentences


def is_there(stacks: dict[str, FoundStack]) -> bool:
    """Whether the data stack was ever deployed with success."""
    return DATA in stacks and stacks[DATA].is_there


def refuse_losses(stacks: dict[str, FoundStack], tools: Tools) -> None:
    """Refuse what would lose what users stored.

    Raises:
        OperationError: It would.
    """
    if sentences := losses_of(stacks, tools):
        raise OperationError(
            f"Nothing was deployed. {' '.join(sentences)} If that is what you want, save what "
            f"is to be kept first; then: node_modules/.bin/cdk deploy --app {ASSEMBLY} --all"
        )


def losses_of(stacks: dict[str, FoundStack], tools: Tools) -> list[str]:
    """What of what users stored a deployment would lose, in a sentence each."""
    if not is_there(stacks):
        return []
    with plain_errors():
        deployed = deployed_template(tools.account.cloudformation, stacks[DATA])
    return list(losses(deployed, written_template(tools.root / ASSEMBLY, stacks[DATA].name)))
