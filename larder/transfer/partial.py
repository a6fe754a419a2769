"""A download in the making: a file under a temporary name, and a journal of what is in it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from larder.api.types import File
from larder.transfer.checksum import checksum_of
from larder.transfer.sources import FileSource

RANGE_BYTES = 8 * 2**20


class PartialFile:
    """The ranges of a file that have arrived, kept between runs beside the destination."""

    def __init__(self, file: File, destination: Path) -> None:
        """Continues what an earlier run left for this file and destination."""
        digest = hashlib.sha256(str(destination).encode(errors="surrogateescape")).hexdigest()[:8]
        self.path = destination.with_name(f".larder-{file['id']}-{digest}.part")
        self._journal = self.path.with_suffix(".journal")
        self._head = json.dumps({"id": file["id"], "bytes": file["bytes"], "range": RANGE_BYTES})
        self._size = file["bytes"]
        self._lock = threading.Lock()
        self._checksums = self._verified()
        self._start()

    def ranges(self) -> Iterator[tuple[int, int, int]]:
        """All ranges as number, start and end."""
        for number, start in enumerate(range(0, self._size, RANGE_BYTES)):
            yield number, start, min(start + RANGE_BYTES, self._size)

    def has(self, number: int) -> bool:
        """Whether the range has arrived."""
        return number in self._checksums

    def open_at(self, start: int) -> IO[bytes]:
        """A handle of its own for one range's writer."""
        handle = self.path.open("r+b")
        handle.seek(start)
        return handle

    def add(self, number: int, checksum: int) -> None:
        """Notes that a range has been written, after its handle was closed."""
        with self._lock:
            self._checksums[number] = checksum
            with self._journal.open("a") as journal:
                journal.write(json.dumps([number, checksum]) + "\n")

    def checksums(self) -> list[tuple[int, int]]:
        """Checksum and size of every range, in order."""
        return [(self._checksums[number], end - start) for number, start, end in self.ranges()]

    def finish(self, destination: Path) -> None:
        """Gives the file its name, at once."""
        self.path.replace(destination)
        self._journal.unlink(missing_ok=True)

    def discard(self) -> None:
        """Removes all of it."""
        self.path.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)

    def _start(self) -> None:
        if not self._checksums:
            self.discard()
        with self.path.open("ab") as file:
            file.truncate(self._size)
        lines = [self._head, *(json.dumps(range_) for range_ in self._checksums.items())]
        self._journal.write_text("".join(line + "\n" for line in lines))

    def _verified(self) -> dict[int, int]:
        """The ranges of an earlier run that are on disk as the journal says."""
        noted = self._noted()
        if not noted or not self.path.exists() or self.path.stat().st_size != self._size:
            return {}
        source = FileSource(self.path)
        return {
            number: noted[number]
            for number, start, end in self.ranges()
            if noted.get(number) == checksum_of(source.read(start, end - start))
        }

    def _noted(self) -> dict[int, int]:
        noted = {}
        try:
            head, *lines = self._journal.read_text().splitlines()
            for line in lines if head == self._head else ():
                number, checksum = json.loads(line)
                noted[number] = checksum
        except (OSError, ValueError, TypeError):
            pass  # no journal, or one whose last line was cut: what was read so far holds
        return noted
