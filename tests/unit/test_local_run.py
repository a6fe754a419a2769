"""`make run` where it says no, and what it tells a person to paste."""

import errno
import fcntl
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.__main__ import port_from
from infra.local.demo import exports, invitation, keep
from infra.local.deploy import LEASH
from infra.local.deployment import RunningDeployment
from infra.local.emulator import running_emulator
from infra.local.errors import EmulatorError, LocalError
from infra.local.front_door import RunningFrontDoor
from infra.local.lock import NEEDED_BYTES, refuse_full, unusable
from infra.local.ports import HOST
from tests.e2e.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENT = RunningDeployment(
    front_door=RunningFrontDoor(
        base_url="http://127.0.0.1:4580/v1",
        api_url="http://127.0.0.1:4581/_aws/execute-api/larder/v1",
        process_id=42,
        environment={},
    ),
    endpoint_url="http://127.0.0.1:4581",
    state_dir=Path(".larder"),
    outputs={},
)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_a_way_out(taken_port: int, tmp_path: Path) -> None:
    refusal = f"Port {taken_port} .* is taken .* make run PORT={taken_port + 1}"
    with (
        pytest.raises(LocalError, match=refusal),
        running_emulator(taken_port, tmp_path / "state"),
    ):
        pass


def test_a_folder_in_use_is_named_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("4242", end="", file=lock, flush=True)
        with (
            pytest.raises(EmulatorError, match=f"on {tmp_path.name}/, as process 4242"),
            running_emulator(4580, tmp_path),
        ):
            pass


@pytest.mark.parametrize("text", ["80", "65535", "-1", "http", "4580 "])
def test_a_port_that_is_none_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(LocalError, match="from 1024 to 65534"):
        port_from(text)


@pytest.mark.parametrize(("text", "port"), [("", 4580), ("4600", 4600)])
def test_the_port_is_the_usual_one_unless_given(text: str, port: int) -> None:
    assert port_from(text) == port


def test_the_pasted_lines_set_what_clients_and_operators_need(tmp_path: Path) -> None:
    pasted = invitation(DEPLOYMENT, "sk-larder-x", tmp_path)
    exports = "\n".join(line for line in pasted.splitlines() if line.startswith("export "))
    shell = subprocess.run(
        ["sh", "-ec", f"{exports}\nenv"], capture_output=True, text=True, check=True, env={}
    )
    settings = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    assert settings["OPENAI_BASE_URL"] == DEPLOYMENT.base_url
    assert settings["OPENAI_API_KEY"] == "sk-larder-x"
    assert settings["AWS_ENDPOINT_URL"] == DEPLOYMENT.endpoint_url
    assert settings["AWS_DEFAULT_REGION"] == settings["AWS_REGION"] == "us-east-1"
    assert settings["AWS_ACCESS_KEY_ID"] == settings["AWS_SECRET_ACCESS_KEY"] == "test"
    assert settings["LARDER_STAGE"] == "local"
    assert settings["PATH"].endswith(str(Path(sys.executable).parent))


class TestTheLinesAgain:
    """`make env` and `make unset`"""

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "--no-print-directory", *arguments]  # as `make test` runs it
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    def test_env_prints_what_the_last_run_kept_for_its_owner_alone(self, tmp_path: Path) -> None:
        lines = exports(DEPLOYMENT, "sk-larder-x")
        keep(lines, tmp_path / "env")
        assert self.make("env", f"STATE_DIR={tmp_path}").stdout == lines + "\n"
        assert (tmp_path / "env").stat().st_mode & 0o077 == 0

    def test_env_says_when_nothing_has_run(self, tmp_path: Path) -> None:
        done = self.make("env", f"STATE_DIR={tmp_path}")
        assert done.returncode != 0
        assert done.stderr.startswith(f"Nothing has run yet in {tmp_path}/. Start it: make run\n")

    def test_unset_undoes_every_line_but_those_that_only_add(self) -> None:
        lines = exports(DEPLOYMENT, "sk-larder-x").splitlines()
        pasted = {line.removeprefix("export ").split("=")[0] for line in lines}
        [undone] = self.make("unset").stdout.splitlines()
        command, *names = undone.split()
        assert command == "unset"
        assert set(names) == pasted - {"PATH", "NO_PROXY"}


class TestWhatCannotBeUsed:
    """A folder for the state: one sentence, with what to do."""

    def refusal(self, state_dir: Path) -> str:
        with pytest.raises(EmulatorError) as refused, running_emulator(4580, state_dir):
            pass
        return str(refused.value)

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "state").touch()
        assert re.search(r"File exists\. .* STATE_DIR=", self.refusal(tmp_path / "state"))

    def test_a_place_where_nothing_can_be_made(self) -> None:
        assert "/proc/larder cannot be used: " in self.refusal(Path("/proc/larder"))

    def test_another_users(self, tmp_path: Path) -> None:
        error = PermissionError(errno.EACCES, "Permission denied")
        owner = pwd.getpwuid(os.getuid()).pw_name
        message = (
            f"cannot be used: Permission denied. It belongs to {owner}. Make it a folder of yours"
        )
        assert message in unusable(tmp_path, error)

    def test_a_disk_that_is_full(self, tmp_path: Path) -> None:
        with pytest.raises(EmulatorError, match=r"No space left for .*: 3 MiB are free.*Free some"):
            refuse_full(tmp_path, 3 * 2**20)
        refuse_full(tmp_path, NEEDED_BYTES)

    def test_a_disk_that_fills_meanwhile(self, tmp_path: Path) -> None:
        error = OSError(errno.ENOSPC, "No space left on device")
        assert "No space left on device. Free some, or name another folder" in unusable(
            tmp_path, error
        )


def test_a_command_on_the_leash_ends_with_whoever_started_it(tmp_path: Path) -> None:
    starter = """
import subprocess, sys
subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)
sys.stdin.read()
"""
    write = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    leashed = [sys.executable, str(LEASH), sys.executable, "-c", write, str(tmp_path / "pid")]
    with subprocess.Popen([sys.executable, "-c", starter, *leashed], stdin=subprocess.PIPE) as it:
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        it.kill()
    wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


def test_the_leash_hands_on_the_exit_code() -> None:
    leashed = [sys.executable, str(LEASH), sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(leashed, stdin=subprocess.PIPE) as process:
        assert process.wait(timeout=60) == 7


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestMakingTheVirtualEnvironment:
    """requirements/make-venv.sh"""

    def run(self, folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
        script = str(ROOT / "requirements" / "make-venv.sh")
        return subprocess.run(
            [shutil.which("sh") or "sh", script, *arguments],
            cwd=folder,
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, folder: Path, body: str) -> str:
        """A folder for PATH whose python3 does what the shell text says."""
        programs = folder / "programs"
        programs.mkdir()
        (programs / "python3").write_text(f"#!{shutil.which('sh')}\n{body}\n")
        (programs / "python3").chmod(0o755)
        return str(programs)

    def test_no_python_that_is_new_enough(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, path=self.python(tmp_path, "exit 1"))
        assert done.returncode == 1
        assert "needs Python 3.11 or newer" in done.stderr

    def test_a_named_python_that_is_too_old(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, "/bin/false", path="/usr/bin:/bin")
        assert done.returncode == 1
        assert "/bin/false" in done.stderr

    def test_a_python_without_ensurepip(self, tmp_path: Path) -> None:
        body = 'case "$*" in *ensurepip*) exit 1;; esac'
        done = self.run(tmp_path, path=self.python(tmp_path, body))
        assert done.returncode == 1
        assert "python3-venv" in done.stderr

    def test_an_environment_that_works_is_left_alone(self, tmp_path: Path) -> None:
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.symlink_to("/bin/true")
        done = self.run(tmp_path, path="/nowhere")
        assert (done.returncode, done.stdout) == (0, "")
