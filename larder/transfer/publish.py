"""Gives a finished file the name that was asked for."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path


def publish(path: Path, destination: Path, *, replace: bool) -> None:
    """Renames the file, at once and without a gap in which another's could be replaced unasked.

    What is replaced leaves its mode and its owner to the file. Raises FileExistsError when
    something is at the destination and `replace` is not set.
    """
    if replace:
        _take_permissions(path, destination)
        path.replace(destination)
    elif sys.platform == "win32":
        path.rename(destination)  # which replaces nothing there
    else:
        _rename_to_nothing(path, destination)


def _take_permissions(path: Path, destination: Path) -> None:
    with suppress(OSError):  # nothing is there, or it is another user's
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
        # No second names here, as on a USB stick: an empty file keeps the name until it is ours.
        destination.touch(exist_ok=False)
        try:
            path.replace(destination)
        except BaseException:
            destination.unlink()
            raise
    else:
        path.unlink()
