"""Which files of a directory the service has already, and which of its files are in no directory.

The service keeps names without directories, so a file is the same as one of its own with the same
name, size and CRC64NVME.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from larder.api.files import get_file_url
from larder.cli.at_once import at_once
from larder.cli.each import Failures, for_each
from larder.errors import EXIT_NOT_FOUND, ApiError
from larder.transfer.checksum import checksum_of, encode
from larder.transfer.pipes import name_of
from larder.transfer.sources import FileSource

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.api.types import File

# Calls that only read a record, and a checksum that S3 has.
_ASKED_AT_ONCE = 8

_Key = tuple[str, int]


@dataclass
class Compared:
    """What was found.

    Args:
        there: Paths, each with the file that the service has of it.
        missing: Paths of which it has none.
        twins: Paths of the same name and content as a missing one, which comes second.
        unknown: Files by id that may be one of the paths, for all that the service tells.
        matched: The ids of all files that are one of the paths.
    """

    there: "list[tuple[str, File]]" = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    twins: list[tuple[str, str]] = field(default_factory=list)
    unknown: "dict[str, File]" = field(default_factory=dict)
    matched: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Examined:
    """What is known of one path; its checksum is None where it is not needed."""

    key: _Key
    checksum: str | None = None
    same: "Sequence[File]" = ()
    unknown: "Sequence[File]" = ()


def compare(
    api: "HttpApi", paths: Sequence[str], files: "Sequence[File]", failures: Failures
) -> Compared:
    """Holds the paths against the files, of which the first that is the same counts.

    Content is read, and the service asked, only where name and size agree. What cannot be read is
    a failure.
    """
    candidates: defaultdict[_Key, list[File]] = defaultdict(list)
    for file in files:
        candidates[file["filename"], file["bytes"]].append(file)
    sources: dict[str, FileSource] = {}
    for_each(paths, lambda path: sources.update({path: FileSource(Path(path))}), failures)
    keys = {path: (name_of(path), source.size) for path, source in sources.items()}
    alike = Counter(keys.values())

    def examine(path: str) -> _Examined:
        key, source = keys[path], sources[path]
        if key not in candidates and alike[key] == 1:
            return _Examined(key)
        own = encode(checksum_of(source.read(0, source.size)))
        checksums = [(file, _stored_checksum(api, file)) for file in candidates.get(key, ())]
        same = [file for file, checksum in checksums if checksum == own]
        return _Examined(key, own, same, [file for file, checksum in checksums if checksum is None])

    found = Compared()
    first: dict[tuple[_Key, str | None], str] = {}

    def record(path: str, examined: _Examined) -> None:
        found.matched.update(file["id"] for file in examined.same)
        found.unknown.update({file["id"]: file for file in examined.unknown})
        what = (examined.key, examined.checksum)
        if examined.same:
            found.there.append((path, examined.same[0]))
        elif what in first:
            found.twins.append((path, first[what]))
        else:
            first[what] = path
            found.missing.append(path)

    at_once(list(keys), examine, record, jobs=_ASKED_AT_ONCE, failures=failures)
    return found


def lasting(files: "Sequence[File]", seconds: int) -> "list[File]":
    """Those that are there for so long."""
    end = time.time() + seconds
    return [file for file in files if file["expires_at"] > end]


def extra(files: "Sequence[File]", found: Compared) -> "list[File]":
    """The files that are none of the paths, nor may be one."""
    return [f for f in files if f["id"] not in found.matched and f["id"] not in found.unknown]


def _stored_checksum(api: "HttpApi", file: "File") -> str | None:
    """The checksum that the service tells, if any; that of no content when the file is gone."""
    try:
        return get_file_url(api, file["id"])["crc64nvme"]
    except ApiError as error:
        if error.exit_code != EXIT_NOT_FOUND:
            raise
        return ""
