"""Gives a finished file the name that was asked for."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path


def publish(path: Path, destination: Path, *, replace: bool) -> None:
    """Renames the file atomically, so that no other file can be replaced unasked.

    The file takes over mode and owner of the one that it replaces. Raises FileExistsError when
    something is at the destination and `replace` is not set.
    """
    if replace:
        _take_permissions(path, destination)
        path.replace(destination)
    elif sys.platform == "win32":
        path.rename(destination)  # on Windows this replaces nothing
    else:
        _rename_to_nothing(path, destination)


def _take_permissions(path: Path, destination: Path) -> None:
    with suppress(OSError):  # there is no such file, or it is another user's
        there = destination.lstat()
        if not stat.S_ISREG(there.st_mode):
            return
        if sys.platform != "win32":
            with suppress(OSError):
                os.chown(path, there.st_uid, there.st_gid)
        path.chmod(there.st_mode & 0o777)


def _rename_to_nothing(path: Path, destination: Path) -> None:
    try:
        destination.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links, as on a USB stick: an empty file reserves the name.
        destination.touch(exist_ok=False)
        try:
            path.replace(destination)
        except BaseException:
            destination.unlink()
            raise
    else:
        path.unlink()
