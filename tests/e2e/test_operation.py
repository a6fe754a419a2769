"""What `make deploy` and `make destroy` do, with the CDK itself, on an AWS of this machine."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from infra.choice import Choice
from infra.local.aws import aws_session, isolated_environment
from infra.local.deploy import ACCOUNT, CDK
from infra.local.emulator import REGION, running_emulator
from infra.operation.account import Account
from infra.operation.cdk import ROOT, synthesize
from infra.operation.deploy import deploy
from infra.operation.destroy import Demolition, destroy
from infra.operation.found import find_stacks
from infra.operation.tools import Tools
from infra.stages import STAGES, Stage
from tests.e2e.conftest import free_port

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("operation"), pytest.mark.timeout(900)]

# The emulator knows no sums of metrics.
STAGE = replace(STAGES["prod"], function_alarms=False)
SETTINGS = "[prod]\nfunction_alarms = false\n"


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # a stage for users is refused where they name an emulator
    with running_emulator(free_port(), tmp_path / "state") as url:
        yield url


def cdk_on(endpoint: str) -> Callable[[Sequence[str]], int]:
    def run(arguments: Sequence[str]) -> int:
        return subprocess.run(
            [CDK, *arguments], cwd=ROOT, env=isolated_environment(endpoint), check=False
        ).returncode

    return run


def account_on(endpoint: str) -> Account:
    session = aws_session()
    return Account(
        REGION,
        session.client("cloudformation", endpoint_url=endpoint),
        session.client("s3", endpoint_url=endpoint),
        session.client("cloudwatch", endpoint_url=endpoint),
    )


def protected(account: Account, stage: Stage) -> dict[str, bool]:
    stacks = find_stacks(account.cloudformation, stage)
    assert all(stack.is_there for stack in stacks.values())
    return {part: stack.protected for part, stack in stacks.items()}


def test_what_users_stored_is_protected_and_stays_when_the_rest_goes(
    endpoint: str, tmp_path: Path
) -> None:
    run, account = cdk_on(endpoint), account_on(endpoint)
    assert run(["bootstrap", ACCOUNT, "-c", "stage=local"]) == 0
    tools = Tools(account=account, run=run, synthesize=synthesize, say=print)
    settings = tmp_path / "larder.toml"
    settings.write_text(SETTINGS)
    choice = Choice(stage=STAGE.name, settings=str(settings))
    assert deploy(choice, STAGE, tools, approved=True) == 0
    assert protected(account, STAGE) == {"data": True, "api": False}
    destroy(STAGE, Demolition(account=account, say=print, ask=input), approved=True)
    assert protected(account, STAGE) == {"data": True}
