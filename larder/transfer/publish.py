"""Gives a finished file the name that was asked for."""

import sys
from pathlib import Path


def publish(path: Path, destination: Path, *, replace: bool) -> None:
    """Renames the file, at once and without a gap in which another's could be replaced unasked.

    Raises FileExistsError when something is at the destination and `replace` is not set.
    """
    if replace:
        path.replace(destination)
    elif sys.platform == "win32":
        path.rename(destination)  # which replaces nothing there
    else:
        _rename_to_nothing(path, destination)


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
