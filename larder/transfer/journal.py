"""The journal of a download: what it is of, and which ranges are on disk, one line each."""

import json
from collections.abc import Mapping
from io import FileIO

_MOST_BYTES = 16 * 2**20


class Journal:
    """Written at once after each range, so that it holds whenever the process ends."""

    def __init__(self, file: FileIO, head: Mapping[str, object]) -> None:
        """Reads nothing yet; `head` tells the download from others."""
        self.file = file
        self._head = json.dumps(head)

    def read(self) -> dict[int, int]:
        """Each range's number and checksum, as far as an earlier run of this download noted any."""
        checksums = {}
        try:
            self.file.seek(0)
            head, *lines = self.file.read(_MOST_BYTES).decode().splitlines()
            for line in lines if head == self._head else ():
                number, checksum = json.loads(line)
                checksums[number] = checksum
        except (OSError, ValueError, TypeError, RecursionError):
            pass  # new, or cut in its last line, or no journal: what was read so far holds
        return checksums

    def start(self, checksums: Mapping[int, int]) -> None:
        """Begins anew, with these ranges."""
        self.file.seek(0)
        self.file.truncate()
        lines = [self._head, *(json.dumps(entry) for entry in checksums.items())]
        self.file.write("".join(f"{line}\n" for line in lines).encode())

    def add(self, number: int, checksum: int) -> None:
        """Notes one more range."""
        self.file.write(f"{json.dumps([number, checksum])}\n".encode())
