"""`make run`'s process, as whoever started it sees and kills it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import openai
import psutil

from infra.local.emulator import ROOT
from tests.e2e.waiting import wait_until

COMMAND = [sys.executable, "-m", "infra.local"]
READY = "Requests are shown below."


class Running:
    """`make run`'s process, and what it has printed so far."""

    def __init__(self, process: "subprocess.Popen[str]", state_dir: Path) -> None:
        self._process = process
        self._state_dir = state_dir
        self.printed: list[str] = []

    def read_until(self, part: str) -> str:
        """Return the first line from here on that has this in it."""
        for line in self._process.stdout or ():
            self.printed.append(line.rstrip("\n"))
            if part in line:
                return self.printed[-1]
        raise AssertionError("\n".join([*self.printed, f"ended without saying {part!r}"]))

    def exported(self, name: str) -> str:
        """Return what the printed lines set a variable to."""
        found = re.search(rf"^export {name}=(\S+)$", "\n".join(self.printed), re.MULTILINE)
        assert found is not None, name
        return found[1]

    def client(self) -> openai.OpenAI:
        """The SDK of whoever has pasted the lines."""
        return openai.OpenAI(
            base_url=self.exported("OPENAI_BASE_URL"), api_key=self.exported("OPENAI_API_KEY")
        )

    def kill(self) -> None:
        """Kill it, and it alone."""
        self._process.kill()
        self._process.wait()

    def kill_emulator(self) -> None:
        """Kill the emulator that it has started."""
        os.kill(int((self._state_dir / "emulator.lock").read_text()), signal.SIGKILL)

    def kill_front_door(self) -> None:
        """Kill the front door that it has started."""
        [door] = [
            child
            for child in psutil.Process(self._process.pid).children()
            if "infra.local.edge" in child.cmdline()
        ]
        door.kill()

    def left_behind(self) -> list[str]:
        """What still runs of all that it has started, and all that these have."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # it has just ended
                known = [*process.cmdline(), *process.environ().values()]
                if any(str(self._state_dir) in word for word in known):
                    found.append(" ".join(process.cmdline()))
        return found

    def code(self) -> int:
        """Wait for it to end by itself and return the exit code."""
        return self._process.wait(timeout=60)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        self.read_until("Stopped.")
        return self.code()

    def check(self) -> None:
        """Have `larder admin check` find nothing."""
        exported = re.findall(r"^export (AWS_\w+)=(\S+)$", "\n".join(self.printed), re.MULTILINE)
        environment = {**os.environ, **dict(exported)}
        command = [sys.executable, "-m", "larder.cli", "admin", "--stage", "local", "check"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def environment_of(port: int, state_dir: Path) -> dict[str, str]:
    """What PORT=… STATE_DIR=… make run has."""
    return {**os.environ, "PORT": str(port), "STATE_DIR": str(state_dir)}


@contextmanager
def started(port: int, state_dir: Path) -> Iterator[Running]:
    """Start what `make run` starts."""
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment_of(port, state_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Running(process, state_dir)
        finally:
            if process.poll() is None:
                process.terminate()  # stops it as cleanly as Ctrl-C


@contextmanager
def make_run(port: int, state_dir: Path) -> Iterator[Running]:
    """Start what `make run` starts, and wait until it invites."""
    with started(port, state_dir) as running:
        running.read_until(READY)
        yield running


def store_until(running: Running, kill: Callable[[], None], *, files: int = 3) -> dict[str, bytes]:
    """Store files without a pause, kill once there are some; what was acknowledged, by file id."""
    stored: dict[str, bytes] = {}

    def store() -> None:
        with running.client().with_options(max_retries=0) as client, suppress(openai.OpenAIError):
            while True:
                content = os.urandom(len(stored) * 1000)
                file = client.files.create(file=("a.jsonl", content), purpose="batch")
                stored[file.id] = content

    thread = threading.Thread(target=store)
    thread.start()
    wait_until(lambda: len(stored) >= files or not thread.is_alive())
    kill()
    thread.join(timeout=60)
    assert len(stored) >= files
    return stored


def assert_kept(running: Running, stored: Mapping[str, bytes]) -> None:
    """See that what was acknowledged is there byte for byte, and nothing is in disorder."""
    with running.client() as client:
        listed = {file.id for file in client.files.list()}
        assert stored.keys() <= listed
        for file_id, content in stored.items():
            assert client.files.content(file_id).content == content
    running.check()
