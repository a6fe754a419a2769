"""Starting and stopping the local AWS (ministack), which keeps its state in one folder."""

import os
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import urllib3

from infra.local.child import STOP_SECONDS, attended, end_of, last_lines
from infra.local.errors import LOST, EmulatorError
from infra.local.lock import only_user_of
from infra.local.ports import HOST, bound

ROOT = Path(__file__).resolve().parents[2]
# An environment of its own: the functions run with the emulator's interpreter and must find
# nothing there but what is in their asset (`make setup` makes it).
EMULATOR_PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("launcher.py")
REGION = "us-east-1"
START_SECONDS = 60
LOG = "emulator.log"
# What each line of the emulator's access log holds: method, path, query, status, microseconds.
ACCESS_LOG_FORMAT = "%(m)s\t%(U)s\t%(q)s\t%(s)s\t%(D)s"


@contextmanager
def running_emulator(
    port: int,
    state_dir: Path,
    on_access: Callable[[str], None] | None = None,
    on_end: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """Run the emulator on 127.0.0.1 for the length of a `with` block and yield its URL.

    Args:
        port: Where it listens.
        state_dir: Where its tables, objects and stacks are kept from run to run.
        on_access: Called with each line of its access log, in ACCESS_LOG_FORMAT, on a thread.
        on_end: Called with the reason, on a thread, if it ends before the block does.

    Raises:
        EmulatorError: The port or the folder is in use, or the emulator does not start.
    """
    if not EMULATOR_PYTHON.exists():
        raise EmulatorError("The emulator is not installed. Run `make setup` first.")
    with only_user_of(state_dir, STOP_SECONDS + 5) as lock:
        bound(port).close()  # for its clear error; the emulator takes the port by itself
        process = _start(port, state_dir, lock)

        def end() -> None:
            if on_end:
                on_end(_why_it_ended(process, state_dir))

        with attended(process, on_access or (lambda _: None), end) as is_up:
            url = f"http://{HOST}:{port}"
            _wait_until_ready(process, url, state_dir)
            is_up.set()
            if process.poll() is not None:
                raise EmulatorError(_why_it_ended(process, state_dir))
            yield url


def _start(port: int, state_dir: Path, lock: TextIO) -> subprocess.Popen[str]:
    scratch = state_dir / "tmp"  # unpacked functions; a killed emulator leaves them behind
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    # Hypercorn itself, as ministack's own command does it, but with an access log.
    command = [str(EMULATOR_PYTHON), str(LAUNCHER), sysconfig.get_path("platlib")]
    command += ["ministack.app:app", "--bind", f"{HOST}:{port}", "--workers", "0"]
    command += ["--keep-alive", "75", "--log-level", "INFO"]
    command += ["--access-logfile", "-", "--access-logformat", ACCESS_LOG_FORMAT]
    with (state_dir / LOG).open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=state_dir,
            env=_environment(port, state_dir, scratch),
            stdin=subprocess.PIPE,  # should we be killed, it closes: then the emulator leaves,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: the emulator is to save its state first
            pass_fds=[lock.fileno()],  # and holds what it writes to until it has
        )
    print(process.pid, end="", file=lock, flush=True)
    return process


def _environment(port: int, state_dir: Path, scratch: Path) -> dict[str, str]:
    """Nothing of the user's own AWS settings, nor of this project's Python path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "AUTH": "true",  # each function may do what its role says, and no more
        "AWS_DEFAULT_REGION": REGION,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "PYTHONUNBUFFERED": "1",
        "S3_DATA_DIR": str(state_dir / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(state_dir / "state"),
        "TMPDIR": str(scratch),
    }


def _wait_until_ready(process: subprocess.Popen[str], url: str, state_dir: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with urllib3.PoolManager(retries=False, timeout=5) as http:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                if http.request("GET", f"{url}/_ministack/ready").status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass  # not listening yet
            time.sleep(0.05)
    if process.poll() == LOST:
        raise EmulatorError(_why_it_ended(process, state_dir))
    log = state_dir / LOG
    raise EmulatorError(f"The emulator did not start; the end of {log}:\n{last_lines(log, 5)}")


def _why_it_ended(process: subprocess.Popen[str], state_dir: Path) -> str:
    log = state_dir / LOG
    if process.returncode == LOST:
        return (
            f"The emulator of {state_dir} has ended: {last_lines(log, 1)}. What was answered until "
            "then is kept. Free some space, or make the folder yours, and run it again."
        )
    return (
        f"The emulator has ended {end_of(process)}; its log is {log}. "
        "Files and keys are kept: `make run` starts it again."
    )
