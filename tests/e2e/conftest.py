"""One local deployment for all end-to-end tests, which run one after another on one worker."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest

from infra.local.deployment import RunningDeployment, running_deployment
from infra.local.emulator import HOST

# Kept from run to run, so that a run without changes need not deploy again; every test has
# owners of its own, so that what an earlier one left does not matter.
STATE_DIR = Path(__file__).resolve().parents[2] / "build" / "e2e"
USUAL_PORT = 4581  # deployed functions know their port: another one means deploying again


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and keep it on one worker: the deployment is one process."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("deployment"))


@pytest.fixture(scope="session")
def state_dir() -> Path:
    """Where the deployment keeps everything."""
    return STATE_DIR


@pytest.fixture(scope="session")
def deployment(state_dir: Path) -> Iterator[RunningDeployment]:
    """The local stage, deployed and running."""
    with running_deployment(_free_port(), state_dir) as running:
        yield running


def _free_port() -> int:
    for wanted in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted))
            except OSError:
                continue
            port: int = probe.getsockname()[1]
            return port
    raise AssertionError("the system has no free port")


@pytest.fixture(scope="session")
def client_of(deployment: RunningDeployment) -> Callable[[str], openai.OpenAI]:
    """An unmodified SDK client for an owner, by name."""

    def make(owner: str) -> openai.OpenAI:
        key = deployment.create_key(owner)
        return openai.OpenAI(base_url=deployment.base_url, api_key=key)

    return make
