"""`make run` killed in its first run, in a folder of its own: at any moment it can begin again."""

from pathlib import Path

import pytest

from tests.e2e.conftest import free_port
from tests.e2e.running import READY, Running, assert_kept, make_run, started, store_until
from tests.e2e.waiting import wait_until

# It shares nothing with the deployment that the other tests use.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed")]


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


def kill_both(running: Running) -> None:
    running.kill()
    running.kill_emulator()


def wait_for_log(state_dir: Path, text: str) -> None:
    """Wait until the CDK has said this."""
    log = state_dir / "deploy.log"
    wait_until(lambda: log.exists() and text in log.read_text(errors="replace"), seconds=240)


@pytest.mark.timeout(600)
def test_a_first_run_that_is_killed_begins_again_and_loses_nothing(state_dir: Path) -> None:
    port = free_port()
    with started(port, state_dir) as running:
        running.read_until("Preparing the local AWS account")
        wait_for_log(state_dir, "CREATE_IN_PROGRESS")
        assert any("cdk" in line for line in running.left_behind())
        running.kill()
        wait_until(lambda: not running.left_behind())  # no `cdk` that goes on, into the next run
    with started(port, state_dir) as running:
        running.read_until("Deploying the stacks")
        wait_for_log(state_dir, "larder-local-api: deploying")
        kill_both(running)
        wait_until(lambda: not running.left_behind())
    with started(port, state_dir) as running:
        assert running.read_until("Deploying the stacks") == running.printed[0]  # prepared already
        running.read_until(READY)
        stored = store_until(running, lambda: kill_both(running))
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert_kept(running, stored)
        assert running.stop() == 0
