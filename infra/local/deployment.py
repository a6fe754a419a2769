"""A running local deployment: the emulator with the stacks in it, and the front door before it."""

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
from infra.local.front_door import (
    LOG,
    RunningFrontDoor,
    front_door_environment,
    running_front_door,
)
from infra.local.ports import bound
from infra.stages import STAGES


@dataclass(frozen=True)
class RunningDeployment:
    """Where a running local deployment is to be found.

    Args:
        front_door: What serves the one base URL.
        endpoint_url: The emulator's, for AWS_ENDPOINT_URL.
        state_dir: Where it keeps everything.
        outputs: The data stack's outputs: `CatalogTable`, `ApiKeysTable` and `ContentBucket`.
    """

    front_door: RunningFrontDoor
    endpoint_url: str
    state_dir: Path
    outputs: dict[str, str]

    @property
    def base_url(self) -> str:
        """The one for everything, for OPENAI_BASE_URL."""
        return self.front_door.base_url

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
        port: Where the base URL is, on 127.0.0.1; the emulator takes the port after it.
        state_dir: Where files, keys and stacks are kept from run to run; made if need be.
        on_access: See `running_emulator` and `running_front_door`, whose lines it both gets.
        on_end: Likewise.
        say: Called with one line before anything that takes long.
        expire_every: See `expiring`.

    Raises:
        LocalError: One of the ports or the folder is in use, a process does not start, or the
            stacks could not be deployed.
    """
    state_dir = state_dir.resolve()
    with running_emulator(port + 1, state_dir, on_access, on_end) as endpoint:
        listener = bound(port)  # before the deployment, which takes ports while it lasts
        with listener:
            api_url, data = _deployed(endpoint, port + 1, state_dir, say)
            environment = front_door_environment(endpoint, data, STAGES[STAGE])
            tables = [data["CatalogTable"], data["ApiKeysTable"]]
            log = state_dir / LOG
            with (
                expiring(endpoint, tables, expire_every),
                running_front_door(
                    listener, api_url, environment, log, on_access, on_end
                ) as process,
            ):
                yield RunningDeployment(process, endpoint, state_dir, data)


def _deployed(
    endpoint: str, port: int, state_dir: Path, say: Callable[[str], None]
) -> tuple[str, dict[str, str]]:
    """The API's URL and the data stack's outputs, once the stacks are as the sources say."""
    deploy(endpoint, port, state_dir, say)
    data = stack_outputs(endpoint, f"{DEPLOYMENT}-{STAGE}-data")
    api = stack_outputs(endpoint, f"{DEPLOYMENT}-{STAGE}-api")
    if not data or not api:
        raise DeployError("The stacks have no outputs, though their deployment succeeded.")
    return api["ApiUrl"].rstrip("/"), data
