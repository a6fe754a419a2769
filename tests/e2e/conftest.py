"""One local deployment for all end-to-end tests, which run one after another on one worker."""

import itertools
import random
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import openai
import pytest

from infra.local.deployment import RunningDeployment, running_deployment
from infra.local.errors import LocalError, StateInUseError
from infra.local.ports import HOST, bound
from tests.e2e.user import User
from tests.soak.faulty_aws import MARK

# Kept from run to run, so that a run without changes need not deploy again; every test has
# owners of its own, so that what an earlier one left does not matter.
STATE_DIR = Path(__file__).resolve().parents[2] / "build" / "e2e"
USUAL_PORT = 4590  # deployed functions know their port: another one means deploying again
FIRST = "test_run.py"  # runs the deployment by itself, before the others share it
LAST = "test_check.py"  # judges what all the others leave behind
NEVER = 86_400.0  # tests that want TTL to come by do it themselves

NewUser = Callable[..., User]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what is in this folder, and keep it on one worker: the deployment is one process.

    What has a deployment of its own says so by a group of its own.
    """
    item.add_marker(pytest.mark.e2e)
    if not item.get_closest_marker("xdist_group"):
        item.add_marker(pytest.mark.xdist_group("deployment"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what has the deployment to itself before all others, and the judging behind them."""
    here = Path(__file__)
    places = {here.with_name(FIRST): -1, here.with_name(LAST): 1}
    items.sort(key=lambda item: places.get(item.path, 0))


@pytest.fixture(scope="session", autouse=True)
def _past_any_proxy() -> Iterator[None]:
    """What this machine sends through a proxy must not include what runs on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", f"{HOST},localhost")
        patch.setenv("no_proxy", f"{HOST},localhost")
        yield


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDeployment]:
    """The local stage, deployed and running."""
    if (STATE_DIR / MARK).exists():  # a run that was killed has left its functions told wrong
        shutil.rmtree(STATE_DIR)
    with ExitStack() as stack:
        run = partial(running_deployment, free_port(USUAL_PORT), expire_every=NEVER)
        try:
            running = stack.enter_context(run(STATE_DIR))
        except StateInUseError:  # another run of these tests
            running = stack.enter_context(run(tmp_path_factory.mktemp("deployment")))
        yield running


def free_port(*wanted: int) -> int:
    """The first of these ports on which nobody listens, nor on the next, else any other such.

    What the system gives to those who connect is left alone: it may be given at any time.
    """
    for port in itertools.chain(wanted, (random.randrange(10_000, 32_000) for _ in range(1000))):
        with suppress(LocalError), bound(port), bound(port + 1):
            return port
    raise AssertionError("the system has no free port")


@pytest.fixture(scope="session")
def owners() -> Iterator[str]:
    """Names of owners that no other test uses, in this run or another; one by one."""
    run = f"e2e-{uuid.uuid4().hex[:10]}"
    return (f"{run}-{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def new_user(
    deployment: RunningDeployment,
    owners: Iterator[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> NewUser:
    """Make a user; options are those of `larder admin keys create`."""

    def make(*options: str) -> User:
        owner = next(owners)
        key = deployment.create_key(owner, *options)
        return User(deployment, owner, key, home=tmp_path_factory.mktemp(owner))

    return make


@pytest.fixture
def user(new_user: NewUser) -> User:
    """An owner with a key and nothing stored."""
    return new_user()


@pytest.fixture
def client(user: User) -> Iterator[openai.OpenAI]:
    """The unmodified Python SDK with the user's key."""
    with user.sdk() as client:
        yield client
