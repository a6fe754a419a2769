"""The first test: `make run` in the foreground, stopped by Ctrl-C or killed, and run again."""

import io
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import larder
from infra.local.emulator import ROOT
from tests.e2e.batches import MIB
from tests.e2e.conftest import STATE_DIR, USUAL_PORT, free_port
from tests.e2e.running import assert_kept, environment_of, make_run, store_until
from tests.e2e.waiting import wait_until

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
    ("infra.local.front_door", "_wait_until_ready"),
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


def test_each_request_of_a_user_is_one_line_and_no_other_is_shown(
    port: int, state_dir: Path
) -> None:
    large = bytes(9 * MIB)
    with make_run(port, state_dir) as running:
        invited = len(running.printed)
        with running.client() as client:
            client.files.create(file=("a.jsonl", b"12345"), purpose="batch")
            file = client.files.create(file=("b.jsonl", large), purpose="batch")
            assert client.files.content(file.id).read() == large
            larder.upload_file(client, io.BytesIO(large), purpose="batch")
            client.files.delete(file.id)
        running.read_until("DELETE")
        assert running.stop() == 0
    lines = [line for line in running.printed[invited:] if line not in ("", "Stopped.")]
    shown = [re.sub(r"(file|upload)[-_]\w+|  \d+ ms$", r"\1", line) for line in lines]
    assert sorted(shown) == [
        "DELETE /v1/files/file  200",
        "GET    /v1/files/file/content  200",
        "POST   /v1/files  200",
        "POST   /v1/files  200",
        "POST   /v1/uploads  200",
        "POST   /v1/uploads/upload/complete  200",
        "POST   /v1/uploads/upload/part_urls  200",
        "PUT    content/expires-in-30d/demo/upload part 1  200",
        "PUT    content/expires-in-30d/demo/upload part 2  200",
    ]


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


def test_the_end_of_the_emulator_is_said_at_once_and_loses_nothing(
    port: int, state_dir: Path
) -> None:
    """The front door's is in `test_killed.py`."""
    with make_run(port, state_dir) as running:
        stored = store_until(running, running.kill_emulator)
        running.read_until("The emulator has ended by signal 9")
        assert running.code() == 1
        wait_until(lambda: not running.left_behind())
    with make_run(port, state_dir) as running:
        assert not [line for line in running.printed if "Deploying" in line]
        assert_kept(running, stored)
        assert running.stop() == 0
