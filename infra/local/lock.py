"""Allows one local deployment at a time on a folder, and refuses unusable folders."""

import errno
import fcntl
import os
import pwd
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from infra.local.errors import EmulatorError, StateInUseError

NEEDED_BYTES = 96 * 2**20  # a deployment's templates, and its code packed and unpacked


@contextmanager
def only_user_of(state_dir: Path, patience: float) -> Iterator[TextIO]:
    """Lock a folder; yield the lock, which the emulator is to hold as well.

    Two emulators on one folder would overwrite each other's state. An emulator whose starter was
    killed saves and ends by itself.

    Args:
        state_dir: Made if need be.
        patience: Seconds to wait for an emulator that an earlier run has left behind.

    Raises:
        StateInUseError: Another run has the folder, or an emulator that it left does not end.
        EmulatorError: The folder cannot be used.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        refuse_full(state_dir, shutil.disk_usage(state_dir).free)
        run, emulator = (state_dir / "lock").open("a+"), (state_dir / "emulator.lock").open("a+")
    except OSError as error:
        raise EmulatorError(unusable(state_dir, error)) from error
    with run, emulator:
        if not _lock(run):
            raise StateInUseError(
                f"Another local deployment is running on {state_dir.name}/, as process "
                f"{_written(run)}. Stop it first."
            )
        print(os.getpid(), end="", file=run, flush=True)
        _wait_for(emulator, patience)
        yield emulator


def _wait_for(emulator: TextIO, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _lock(emulator):
        if time.monotonic() > deadline:
            raise StateInUseError(
                f"The emulator of an earlier run, process {_written(emulator)}, does not end. "
                "Kill it first."
            )
        time.sleep(0.05)


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    file.truncate(0)
    return True


def _written(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read() or "unknown"


def refuse_full(state_dir: Path, free: int) -> None:
    """Refuse a folder with fewer free bytes than a deployment takes.

    Raises:
        EmulatorError: There are too few.
    """
    if free < NEEDED_BYTES:
        raise EmulatorError(
            f"No space left for {state_dir}: {free // 2**20} MiB are free, and "
            f"{NEEDED_BYTES // 2**20} are needed. {_REMEDY[errno.ENOSPC]}"
        )


_ELSEWHERE = "name another folder: make run STATE_DIR=/path"
_REMEDY = {
    errno.ENOSPC: f"Free some, or {_ELSEWHERE}",
    errno.EDQUOT: f"Free some, or {_ELSEWHERE}",
}


def unusable(state_dir: Path, error: OSError) -> str:
    """One sentence on what is wrong with the folder, and one on what to do."""
    owner = ""
    if error.errno in (errno.EACCES, errno.EPERM) and state_dir.exists():
        owner = f" It belongs to {_owner(state_dir)}."
    remedy = _REMEDY.get(error.errno or 0, f"Make it a folder of yours, or {_ELSEWHERE}")
    return f"{state_dir} cannot be used: {error.strerror}.{owner} {remedy}"


def _owner(path: Path) -> str:
    user = path.stat().st_uid
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
