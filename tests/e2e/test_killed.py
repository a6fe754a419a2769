"""`make run` killed in its first run, in a folder of its own: at any moment it can begin again."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import openai
import pytest

from tests.e2e.conftest import free_port
from tests.e2e.running import READY, Running, assert_kept, make_run, started, store_until
from tests.e2e.waiting import wait_until

# It shares nothing with the deployment that the other tests use.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed")]


MIB = 2**20
LARGE = 200 * MIB


class HalfRead(io.BytesIO):
    """Content at half of which something happens, once."""

    def __init__(self, content: bytes, happen: Callable[[], None]) -> None:
        super().__init__(content)
        self._happenings = [happen]

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= len(self.getbuffer()) // 2 and self._happenings:
            self._happenings.pop()()
        return super().read(size)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    return tmp_path / "state"


def kill_both(running: Running) -> None:
    running.kill()
    running.kill_emulator()


def wait_for_log(state_dir: Path, text: str) -> None:
    """Wait until the CDK has printed this."""
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
        running.read_until("Deploying the stacks")
        assert not [line for line in running.printed if "Preparing" in line]
        running.read_until(READY)
        stored = store_until(running, lambda: kill_both(running))
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert_kept(running, stored)
        content = os.urandom(LARGE)
        dying = HalfRead(content, running.kill_front_door)
        client = running.client().with_options(max_retries=0)
        with client, pytest.raises(openai.APIConnectionError):
            client.files.create(file=("large.jsonl", dying), purpose="batch")
        running.read_until("The front door has ended by signal 9")
        assert running.code() == 1
        wait_until(lambda: not running.left_behind())
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert_kept(running, stored)
        with running.client() as client:
            assert "large.jsonl" not in {file.filename for file in client.files.list()}
            file = client.files.create(file=("large.jsonl", content), purpose="batch")
        assert_kept(running, {**stored, file.id: content})
        assert running.stop() == 0
