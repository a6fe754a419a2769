"""A running local deployment: the emulator with the stacks in it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.aws import aws_environment, isolated_environment
from infra.local.deploy import DEPLOYMENT, STAGE, deploy, stack_outputs
from infra.local.emulator import running_emulator
from infra.local.errors import DeployError
from infra.local.expiry import EVERY_SECONDS, expiring


@dataclass(frozen=True)
class RunningDeployment:
    """Where a running local deployment is to be found.

    Args:
        base_url: The API's, for OPENAI_BASE_URL.
        endpoint_url: The emulator's, for AWS_ENDPOINT_URL.
        state_dir: Where it keeps everything.
        outputs: The data stack's outputs: `CatalogTable`, `ApiKeysTable` and `ContentBucket`.
    """

    base_url: str
    endpoint_url: str
    state_dir: Path
    outputs: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs besides an API key, for clients and for `larder admin`."""
        return {
            "OPENAI_BASE_URL": self.base_url,
            **aws_environment(self.endpoint_url),
            "LARDER_STAGE": STAGE,
        }

    def create_key(self, owner: str, *options: str) -> str:
        """Make an API key as an operator does, with the `larder` command.

        Args:
            owner: Whose files it opens.
            options: More of `larder admin keys create`, such as "--scope", "service".

        Raises:
            DeployError: The command failed; the message holds its words.
        """
        command = [sys.executable, "-m", "larder.cli", "admin", "keys", "create", "--json"]
        command += ["--stage", STAGE, "--deployment", DEPLOYMENT, "--owner", owner, *options]
        environment = isolated_environment(self.endpoint_url)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DeployError(f"`larder admin keys create` failed: {done.stderr.strip()}")
        key: str = json.loads(done.stdout)["key"]
        return key


@contextmanager
def running_deployment(
    port: int,
    state_dir: Path,
    *,
    on_access: Callable[[str], None] | None = None,
    on_end: Callable[[str], None] | None = None,
    say: Callable[[str], None] = lambda _: None,
    expire_every: float = EVERY_SECONDS,
) -> Iterator[RunningDeployment]:
    """Run the local stage for the length of a `with` block, deploying first what changed.

    Args:
        port: Where everything listens, on 127.0.0.1.
        state_dir: Where files, keys and stacks are kept from run to run; made if need be.
        on_access: See `running_emulator`.
        on_end: See `running_emulator`.
        say: Called with one line before anything that takes long.
        expire_every: See `expiring`.

    Raises:
        EmulatorError: The emulator cannot run.
        DeployError: The stacks could not be deployed.
    """
    state_dir = state_dir.resolve()
    with running_emulator(port, state_dir, on_access, on_end) as endpoint:
        deploy(endpoint, port, state_dir, say)
        data = stack_outputs(endpoint, f"{DEPLOYMENT}-{STAGE}-data")
        api = stack_outputs(endpoint, f"{DEPLOYMENT}-{STAGE}-api")
        if not data or not api:
            raise DeployError("The stacks have no outputs, though their deployment succeeded.")
        with expiring(endpoint, [data["CatalogTable"], data["ApiKeysTable"]], expire_every):
            yield RunningDeployment(
                base_url=api["ApiUrl"].rstrip("/"),
                endpoint_url=endpoint,
                state_dir=state_dir,
                outputs=data,
            )
