"""Files that only one thread of one process can have open at a time."""

import errno
import os
import stat
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# On Windows locked bytes cannot be read or written, so the lock is on a byte beyond the content.
_LOCKED_BYTE = 2**30
_REFUSED = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_ATTEMPTS = 100


class InUse(Exception):
    """Another thread or process has the file open."""


def open_locked(path: Path, *, wait: bool = False) -> FileIO:
    """Opens or creates the file, locked until it is closed or its process ends.

    Raises InUse unless it is to wait, and OSError for what is no file, or when it cannot be locked.
    """
    for _ in range(_ATTEMPTS):
        file = open_regular(path, os.O_CREAT)
        try:
            _lock(file, wait=wait)
        except BaseException as error:
            if isinstance(error, OSError) and os.fstat(file.fileno()).st_size == 0:
                path.unlink()  # just created, and useless without a lock
            file.close()
            raise
        found = os.fstat(file.fileno())
        if is_at(found, path):
            if found.st_nlink == 1:
                return file
            path.unlink()  # if it has a second name, that one stays
        file.close()  # it lost its name before it was locked: try again
    raise InUse


def open_regular(path: Path, flags: int = 0) -> FileIO:
    """Opens a file for reading and writing, unbuffered; OSError if it is a link, a pipe or such."""
    flags |= os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "no regular file", str(path))
    return file


def is_at(file: os.stat_result, path: Path) -> bool:
    """Whether the path still leads to this file."""
    try:
        return os.path.samestat(file, path.lstat())
    except OSError:
        return False


def remove(file: os.stat_result, path: Path) -> None:
    """Removes this file, if the path still leads to it and that is possible."""
    if is_at(file, path):
        with suppress(OSError):
            path.unlink()


def _lock(file: FileIO, *, wait: bool) -> None:
    try:
        if sys.platform == "win32":
            file.seek(_LOCKED_BYTE)
            # LK_LOCK waits for ten seconds.
            mode = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK
            msvcrt.locking(file.fileno(), mode, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in _REFUSED:
            raise InUse from None
        raise
