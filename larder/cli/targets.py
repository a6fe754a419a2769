"""Where downloads go: names that are files' own, and what may be there already."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from larder.errors import LarderError

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.each import Failures

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file: a drive or a stream, a
# pattern, an end that is dropped, and devices, which are there in every directory.
_NO_FILE_ON_WINDOWS = re.compile(
    r'.*[<>:"|?*].*|.*[. ]|(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?',
    re.IGNORECASE,
)

# What most file systems take.
_MOST_NAME_BYTES = 255


class Target(NamedTuple):
    """A file, and where it goes."""

    file: "File"
    path: Path

    def __str__(self) -> str:
        """What it is called when it cannot be downloaded."""
        return self.file["id"]


def targets_in(directory: Path, files: Iterable["File"], failures: "Failures") -> list[Target]:
    """Where several files go in a directory, each by its own name.

    The first of a name has it as it is, each other one with its id: `a (file-…).jsonl`. Two names
    that some file systems take for one are the same name here. A name for no file is a failure.
    """
    taken: set[str] = set()
    targets = []
    for file in files:
        try:
            path = own_path(file, directory)
        except LarderError as error:
            failures.tell(file["id"], LarderError(f"{error} with its id alone"))
            continue
        while _key(path.name) in taken:
            path = path.with_name(_with_id(path, file["id"]))
        taken.add(_key(path.name))
        targets.append(Target(file, path))
    return targets


def own_path(file: "File", directory: Path) -> Path:
    """Where in a directory a file goes by its own name. Raises LarderError for no name there."""
    # The service keeps basenames only; but nobody's name may lead out of the directory.
    name = re.split(r"[/\\]", file["filename"])[-1]
    if not is_plain(name, windows=os.name == "nt"):
        raise LarderError(f"the file's name {name!r} is not one for a file here: use -o")
    return directory / name


def is_plain(name: str, *, windows: bool) -> bool:
    """Whether a name without separators is that of a file in a directory, and of nothing else."""
    if name in {"", ".", ".."} or re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", name):
        return False
    return not (windows and _NO_FILE_ON_WINDOWS.fullmatch(name))


def is_there(api: "HttpApi", target: Target) -> bool:
    """Whether the very content is there already, as far as the service tells its checksum."""
    from larder.api.files import get_file_url
    from larder.transfer.checksum import checksum_of, encode
    from larder.transfer.sources import FileSource

    file, path = target.file, target.path
    if not _is_file_of(file["bytes"], path):
        return False
    expected = get_file_url(api, file["id"])["crc64nvme"]
    try:
        return expected == encode(checksum_of(FileSource(path).read(0, file["bytes"])))
    except LarderError:  # nobody may read it, or it changes just now
        return False


def must_be_free(destination: Path, *, force: bool) -> None:
    """Raises LarderError when something is there that is not to be replaced, or never can be."""
    if not force and os.path.lexists(destination):
        raise exists(destination)
    if destination.exists() and not destination.is_file():
        raise LarderError(f"{destination} is no file: it is not replaced, use -o")


def is_written_in_order(destination: Path) -> bool:
    """Whether nothing is replaced there, since it is a pipe, or a device such as /dev/null."""
    try:
        kind = destination.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def behind_links(destination: Path) -> Path:
    """What a link there leads to, so that it stays a link."""
    if not destination.is_symlink():
        return destination
    target = Path(os.path.realpath(destination))
    if target.is_symlink():
        raise LarderError(f"{destination} is a link that leads in a circle")
    return target


def must_be_a_directory_if_said(output: str | None) -> None:
    """Raises LarderError for an output that ends as a directory's does, and is none."""
    separators = tuple(filter(None, (os.sep, os.altsep)))
    if output is not None and output.endswith(separators) and not Path(output).is_dir():
        raise LarderError(f"{output} is no directory: make it, or leave its last {output[-1]} away")


def exists(destination: Path) -> LarderError:
    """That something is there."""
    return LarderError(f"{destination} exists: use --force to replace it, or -o")


def _is_file_of(size: int, path: Path) -> bool:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _with_id(path: Path, file_id: str) -> str:
    stem, end = path.stem, f" ({file_id}){path.suffix}"
    while stem and len(f"{stem}{end}".encode()) > _MOST_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{end}"
