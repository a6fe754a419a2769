"""A server that runs as a process of its own, until whoever started it stops it."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STOP_SECONDS = 30


@contextmanager
def attended(
    process: "subprocess.Popen[str]", on_line: Callable[[str], None], on_end: Callable[[], None]
) -> Iterator[threading.Event]:
    """Read what a process prints, and stop it at the end of a `with` block.

    Yields what is to be set once it is up.

    Args:
        process: The leader of a session, with pipes as standard input and output.
        on_line: Called with each line that it prints, on a thread.
        on_end: Called on a thread if it ends by itself, once it is up.
    """
    is_up = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            on_line(line.rstrip("\n"))
        process.wait()
        if is_up.is_set():
            on_end()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield is_up
    finally:
        is_up.clear()
        _stop(process)
        reader.join(timeout=5)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def end_of(process: "subprocess.Popen[str]") -> str:
    """How a process has ended, in words."""
    code = process.returncode
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"


def last_lines(log: Path, count: int) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _stop(process: "subprocess.Popen[str]") -> None:
    """SIGTERM lets it finish what it has, and save; only when that hangs is it killed."""
    with _deaf_to_ctrl_c():
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # and what it was still running, too
        process.wait()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """An impatient second Ctrl-C must not cut the saving short."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
