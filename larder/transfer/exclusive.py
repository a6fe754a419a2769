"""Files that are open only once at a time, in whatever thread or process."""

import errno
import os
import stat
import sys
from io import FileIO
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# On Windows nobody else can read or write what is locked, so it is a byte that is not there.
_LOCKED_BYTE = 2**30
_REFUSED = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_ATTEMPTS = 100


class InUse(Exception):
    """Somebody else has the file open."""


def open_locked(path: Path, *, wait: bool = False) -> FileIO:
    """Opens the file, or makes it; nobody else can until it is closed or its process has ended.

    Raises InUse unless it is to wait, and OSError when there is something that is no file, or no
    lock to be had.
    """
    for _ in range(_ATTEMPTS):
        file = open_regular(path, os.O_CREAT)
        try:
            _lock(file, wait=wait)
        except BaseException as error:
            if isinstance(error, OSError) and os.fstat(file.fileno()).st_size == 0:
                path.unlink()  # made just now, and of no use without a lock
            file.close()
            raise
        found = os.fstat(file.fileno())
        if is_at(found, path):
            if found.st_nlink == 1:
                return file
            path.unlink()  # what has a second name is somebody's, who keeps it
        file.close()  # or it lost its name between being opened and being locked
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
    """Whether this very file has the name."""
    try:
        return os.path.samestat(file, path.lstat())
    except OSError:
        return False


def _lock(file: FileIO, *, wait: bool) -> None:
    try:
        if sys.platform == "win32":
            file.seek(_LOCKED_BYTE)
            # Which waits for ten seconds.
            mode = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK
            msvcrt.locking(file.fileno(), mode, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in _REFUSED:
            raise InUse from None
        raise
