"""The first test: `make run` in the foreground, stopped by Ctrl-C, and run again."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai
import pytest

from infra.local.emulator import ROOT
from tests.e2e.conftest import STATE_DIR, USUAL_PORT, free_port
from tests.e2e.waiting import wait_until

READY = "Requests are shown below."


class Running:
    """`make run`'s process, and what it has printed so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
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
        """Kill it, and it alone: what it has started is an orphan then."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        self.read_until("Stopped.")
        return self._process.wait(timeout=60)


COMMAND = [sys.executable, "-m", "infra.local"]


KILLED_AT = """
import os, signal, sys
from importlib import import_module
from infra.local.__main__ import main

module, step = sys.argv[1:]
setattr(import_module(module), step, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
main()
"""
"""Runs it until it would take a step, and kills it instead."""

STEPS = (
    ("infra.local.emulator", "_wait_until_ready"),
    ("infra.local.deployment", "deploy"),
    ("infra.local.deployment", "expiring"),
    ("infra.local.__main__", "demo_key"),
)


def environment_of(port: int, state_dir: Path) -> dict[str, str]:
    return {**os.environ, "PORT": str(port), "STATE_DIR": str(state_dir)}


@contextmanager
def make_run(port: int, state_dir: Path) -> Iterator[Running]:
    """Start what `make run` starts, and wait until it invites."""
    environment = environment_of(port, state_dir)
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        running = Running(process)
        try:
            running.read_until(READY)
            yield running
        finally:
            if process.poll() is None:
                process.terminate()  # stops it as cleanly


@pytest.fixture
def port() -> int:
    return free_port(USUAL_PORT)


@pytest.fixture
def state_dir(port: int, tmp_path: Path) -> Path:
    """The folder that the other tests go on with, unless another run of them has it."""
    return STATE_DIR if port == USUAL_PORT else tmp_path


def test_files_and_key_last_from_run_to_run(port: int, state_dir: Path) -> None:
    with make_run(port, state_dir) as running:
        key = running.exported("OPENAI_API_KEY")
        with running.client() as client:
            file = client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
        assert running.read_until("POST").startswith("POST   /v1/files  200  ")
        assert running.stop() == 0
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert running.exported("OPENAI_API_KEY") == key
        with running.client() as client:
            assert client.files.content(file.id).content == b"12345"
            client.files.delete(file.id)
        assert running.stop() == 0


def test_a_run_killed_at_any_step_names_its_orphan_and_loses_nothing(
    port: int, state_dir: Path
) -> None:
    environment = environment_of(port, state_dir)
    with make_run(port, state_dir) as running:
        with running.client() as client:
            file = client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
        running.kill()
    stop_orphan(environment, state_dir)
    for step in STEPS:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_AT, *step], cwd=ROOT, env=environment, check=False
        )
        assert killed.returncode == -signal.SIGKILL, step
        stop_orphan(environment, state_dir)
    with make_run(port, state_dir) as running:
        with running.client() as client:
            assert client.files.content(file.id).content == b"12345"
            client.files.delete(file.id)
        assert running.stop() == 0


def stop_orphan(environment: dict[str, str], state_dir: Path) -> None:
    """Do what the next run says: stop what the killed one has left running."""
    refused = subprocess.run(
        COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    orphan = re.fullmatch(r"Another .* as process (\d+)\. Stop it first\.\n", refused.stderr)
    assert orphan is not None, refused.stderr
    os.kill(int(orphan[1]), signal.SIGTERM)
    wait_until(lambda: not is_locked(state_dir))


def is_locked(state_dir: Path) -> bool:
    with (state_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
