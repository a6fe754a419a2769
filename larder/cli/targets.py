"""Where downloads go: names that are files' own, and what may be there already."""

import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from larder.errors import LarderError, TargetError
from larder.transfer.targets import own_name

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File
    from larder.cli.each import Failures

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
            failures.report(file["id"], LarderError(f"{error} with its id alone"))
            continue
        label, own = file["id"], path
        while _key(path.name) in taken:
            path = own.with_name(_with_id(own, label))
            label += "+"  # another each time, also where the names are cut
        taken.add(_key(path.name))
        targets.append(Target(file, path))
    return targets


def own_path(file: "File", directory: Path) -> Path:
    """Where in a directory a file goes by its own name. Raises LarderError for no name there."""
    try:
        return directory / own_name(file)
    except TargetError as error:
        raise LarderError(f"{error}: use -o") from None


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


def _is_file_of(size: int, path: Path) -> bool:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _with_id(path: Path, label: str) -> str:
    stem, label, suffix = path.stem, f" ({label})", path.suffix
    while len(f"{stem}{label}{suffix}".encode()) > _MOST_NAME_BYTES:
        if len(stem) > 1:
            stem = stem[:-1]
        else:
            suffix = suffix[:-1]
    return f"{stem}{label}{suffix}"
