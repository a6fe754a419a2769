"""Where a download goes: the path to write, and what is there already."""

import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from larder.api.types import File
from larder.errors import TargetError, TargetExistsError

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file: a drive or a stream, a
# pattern, an end that is dropped, and devices, which are there in every directory.
_NO_FILE_ON_WINDOWS = re.compile(
    r'.*[<>:"|?*].*|.*[. ]|(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?',
    re.IGNORECASE,
)


def is_directory(target: str) -> bool:
    """Whether it is one, and not whether it could be looked for: pathlib's raises if it cannot."""
    return os.path.isdir(target)  # noqa: PTH112


def ends_as_a_directory(target: str) -> bool:
    """Whether its last character is a separator."""
    return target.endswith(tuple(filter(None, (os.sep, os.altsep))))


def make_directory(path: Path) -> None:
    """Makes it, and those above it, where they are missing.

    Raises TargetError when something else is in its place, or it may not be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make the directory {path}: {error.strerror}"
        raise TargetError(message, error.errno, str(path)) from None


def must_be_a_directory_if_said(target: str) -> None:
    """Raises TargetError when it ends as a directory does, and is none."""
    if ends_as_a_directory(target) and not is_directory(target):
        message = f"{target} is no directory: make it, or leave its last {target[-1]} away"
        raise TargetError(message, errno.ENOTDIR, target)


def destination_of(file: File, target: str | None) -> Path:
    """The path to write: a directory takes the file's own name; None is the current one.

    Raises TargetError when that is no name for a file here.
    """
    if target is not None and not is_directory(target):
        return Path(target)
    return Path(target or ".") / own_name(file)


def own_name(file: File) -> str:
    """What it is called in a directory. Raises TargetError when that is no name for a file here."""
    # The service keeps basenames only; but nobody's name may lead out of the directory.
    name = re.split(r"[/\\]", file["filename"])[-1]
    if not is_plain(name, windows=os.name == "nt"):
        raise TargetError(f"the file's name {name!r} is not one for a file here")
    return name


def is_plain(name: str, *, windows: bool) -> bool:
    """Whether a name without separators is that of a file in a directory, and of nothing else."""
    if name in {"", ".", ".."} or re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", name):
        return False
    return not (windows and _NO_FILE_ON_WINDOWS.fullmatch(name))


def is_written_in_order(destination: Path) -> bool:
    """Whether nothing is replaced there, since it is a pipe, or a device such as /dev/null."""
    try:
        kind = destination.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def open_in_order(destination: Path) -> BinaryIO:
    """Opens what is written in order. Raises TargetError when that is refused."""
    try:
        return destination.open("wb")
    except OSError as error:
        raise _unwritable(destination, error) from error


def must_be_free(destination: Path, *, replace: bool) -> None:
    """Raises TargetExistsError for what is there, or TargetError where nothing can be written."""
    try:
        destination.lstat()
    except FileNotFoundError:
        return
    except OSError as error:  # the name is too long, or nobody may look there
        raise _unwritable(destination, error) from error
    if not replace:
        raise exists(destination)
    # What cannot be looked at behind a link cannot be written either; pathlib's raise for it.
    if os.path.exists(destination) and not os.path.isfile(destination):  # noqa: PTH110, PTH113
        raise TargetError(f"{destination} is no file: it is not replaced")


def behind_links(destination: Path) -> Path:
    """What a link there leads to, so that it stays a link. Raises TargetError for a circle."""
    if not destination.is_symlink():
        return destination
    target = Path(os.path.realpath(destination))
    if os.path.islink(target):  # noqa: PTH114 - as above
        message = f"{destination} is a link that leads in a circle"
        raise TargetError(message, errno.ELOOP, str(destination))
    return target


def exists(destination: Path) -> TargetExistsError:
    """The error for it."""
    return TargetExistsError(f"{destination} exists", errno.EEXIST, str(destination))


def _unwritable(destination: Path, error: OSError) -> TargetError:
    message = f"cannot write {destination}: {error.strerror}"
    return TargetError(message, error.errno, str(destination))
