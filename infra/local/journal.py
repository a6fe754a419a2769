"""The emulator's state on disk: a snapshot, and a journal of what changed since.

    17/              a generation, independent of all others
      dynamodb.json  … every service's state at one moment
      journal        a line of JSON for all that changed between two answers

A generation is written under another name and then renamed, so that it is complete or absent. A
write is in the system's cache when it returns, so that `kill -9` loses nothing that was answered
afterwards; a loss of power may.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

JOURNAL = "journal"
UNFINISHED = "unfinished"


class Generations:
    """The newest generation of a folder; what is older or unfinished is removed.

    Args:
        folder: Made if need be.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
        numbers = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        self._number = max(numbers, default=0)
        if not numbers:
            self._make(self._adopt_files_of_before)
        self._remove_all_but_newest()
        self._file = -1
        self.size = 0
        """The journal's, in bytes."""

    @property
    def path(self) -> Path:
        """The newest generation's folder."""
        return self._folder / str(self._number)

    def read(self) -> list[list[Any]]:
        """Return all entries of the journal in their order, and open it for more.

        An incomplete last line is cut off: the emulator was killed while writing it, and had not
        answered yet.
        """
        path = self.path / JOURNAL
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        self._open(sum(map(len, whole)))
        return [entry for line in whole for entry in json.loads(line)]

    def append(self, entries: list[list[Any]]) -> None:
        """Write entries, all or nothing.

        Raises:
            OSError: They were not all written, so their effect must not be answered.
        """
        line = json.dumps(entries, separators=(",", ":")).encode() + b"\n"
        left = memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        self.size += len(line)

    def replace(self, write: Callable[[Path], object]) -> None:
        """Begin a new generation with what `write` puts into a folder, and an empty journal.

        Raises:
            OSError: The former generation stays in use.
        """
        self._make(write)
        os.close(self._file)
        self._open(0)
        self._remove_all_but_newest()

    def _make(self, write: Callable[[Path], object]) -> None:
        made = self._folder / UNFINISHED
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        try:
            write(made)
            made.rename(self._folder / str(self._number + 1))
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        self._number += 1

    def _open(self, size: int) -> None:
        self._file = os.open(self.path / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._file, size)
        self.size = size

    def _remove_all_but_newest(self) -> None:
        for path in self._folder.iterdir():
            if path.name.isdecimal() and path != self.path:
                shutil.rmtree(path, ignore_errors=True)

    def _adopt_files_of_before(self, made: Path) -> None:
        """Take over the files of older releases, which had no generations."""
        for path in self._folder.glob("*.json"):
            path.rename(made / path.name)
