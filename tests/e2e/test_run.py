"""The first test: `make run` in the foreground, stopped by Ctrl-C or killed, and run again."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.emulator import ROOT
from tests.e2e.conftest import STATE_DIR, USUAL_PORT, free_port
from tests.e2e.running import assert_kept, environment_of, make_run, store_until

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
        assert running.read_until("/v1/").startswith("POST   /v1/files  200  ")
        assert running.stop() == 0
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert running.exported("OPENAI_API_KEY") == key
        with running.client() as client:
            assert client.files.content(file.id).content == b"12345"
            client.files.delete(file.id)
        assert running.read_until("/v1/").startswith(f"GET    /v1/files/{file.id}/content")
        assert running.stop() == 0


def test_a_run_killed_at_any_step_leaves_nothing_running_and_loses_nothing(
    port: int, state_dir: Path
) -> None:
    environment = environment_of(port, state_dir)
    with make_run(port, state_dir) as running:
        stored = store_until(running, running.kill)
    for step in STEPS:
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_AT, *step], cwd=ROOT, env=environment, check=False
        )
        assert killed.returncode == -signal.SIGKILL, step
    with make_run(port, state_dir) as running:
        assert_kept(running, stored)
        assert running.stop() == 0


def test_the_emulators_end_is_said_at_once_and_loses_nothing(port: int, state_dir: Path) -> None:
    with make_run(port, state_dir) as running:
        stored = store_until(running, running.kill_emulator)
        running.read_until("The emulator has ended by signal 9")
        assert running.code() == 1
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert_kept(running, stored)
        assert running.stop() == 0
