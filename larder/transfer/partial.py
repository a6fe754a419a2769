"""An unfinished download: a file under a temporary name, and a journal of its ranges."""

import hashlib
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from larder.api.types import File
from larder.errors import DamagedError, LarderError, TargetError
from larder.net.connections import reason
from larder.transfer import checksum
from larder.transfer.exclusive import InUse, is_at, open_locked, open_regular, remove
from larder.transfer.journal import Journal
from larder.transfer.publish import publish
from larder.transfer.targets import exists

RANGE_BYTES = 8 * 2**20
"""The size of a range, which is what an interrupted thread fetches again.

It is doubled for a file of more than 32, since each request takes a millisecond of CPU.
"""

_READ_BYTES = 2**20


class PartialFile:
    """The ranges of a file that have arrived, kept between runs beside the destination.

    The journal is locked, so that only one process has it at a time. The file is opened once: all
    checksums are of this open file, and it is the one that gets the final name.
    """

    def __init__(self, file: File, destination: Path) -> None:
        """Continues what an earlier run left for this file and destination.

        Raises LarderError while another download of the file to the destination runs.
        """
        self._destination = destination
        self._what = f"the download to {destination}"
        self._size = file["bytes"]
        self._range = RANGE_BYTES if self._size <= 32 * RANGE_BYTES else 2 * RANGE_BYTES
        self._head = {"id": file["id"], "bytes": self._size, "range": self._range}
        self._checksums: dict[int, int] = {}
        self._lock = threading.Lock()
        what = f"{file['id']}/{destination.name}".encode(errors="surrogatepass")
        name = f".larder-{hashlib.sha256(what).hexdigest()[:16]}"
        self._is_kept = True
        try:
            self._open(name, open_locked)
        except InUse:
            raise LarderError(f"another download to {destination} is running") from None
        except OSError:
            # The file system has no locks, or something else has the name.
            self._open_own(f"{name}-{secrets.token_hex(4)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def ranges(self) -> Iterator[tuple[int, int, int]]:
        """All ranges as number, start and end."""
        for number, start in enumerate(range(0, self._size, self._range)):
            yield number, start, min(start + self._range, self._size)

    def has(self, number: int) -> bool:
        """Whether the range has arrived."""
        return number in self._checksums

    def size_there(self) -> int:
        """The bytes of the ranges that have arrived."""
        return sum(end - start for number, start, end in self.ranges() if self.has(number))

    def writer(self, start: int) -> Callable[[bytes], None]:
        """Returns a function that writes one range's bytes, in order."""
        offset = start

        def write(chunk: bytes) -> None:
            nonlocal offset
            with self._writing():
                self._must_have_its_size()
                self._content.seek(offset)
                rest = memoryview(chunk)
                while rest:
                    rest = rest[self._content.write(rest) :]
            offset += len(chunk)

        return write

    def add(self, number: int, checksum_: int) -> None:
        """Notes that a range has been written."""
        with self._writing():
            self._checksums[number] = checksum_
            self._journal.add(number, checksum_)

    def checksum(self) -> int:
        """The checksum of all ranges, as they arrived."""
        sizes = ((self._checksums[number], end - start) for number, start, end in self.ranges())
        return checksum.join(sizes)

    def finish(self, *, replace: bool) -> None:
        """Gives the file its final name, atomically.

        Raises TargetExistsError when something has the name and is not to be replaced, LarderError
        when another file has been put in this one's place.
        """
        with self._writing():
            self._must_have_its_size()
            # A network file system may report only on close that it could not write.
            os.close(os.dup(self._content.fileno()))
        if not is_at(self._identity, self.path):
            raise self._replaced()
        if sys.platform == "win32":
            self._content.close()  # Windows cannot rename an open file
        # Renamed to a secret name first, so that the checked file is the published one.
        aside = self.path.with_name(f"{self.path.name}-{secrets.token_hex(4)}")
        with self._writing():
            self.path.rename(aside)
            try:
                if not is_at(self._identity, aside):
                    raise self._replaced()
                publish(aside, self._destination, replace=replace)
            except BaseException:
                aside.rename(self.path)
                raise
        self.discard()

    def discard(self) -> None:
        """Removes the files, and closes them."""
        self._is_kept = False
        self.close()

    def close(self) -> None:
        """Keeps it to be continued; without a lock that is impossible, and it is removed."""
        with self._lock:  # no thread may write to a descriptor that is closed and used again
            if self._journal.file.closed:
                return  # closed before: the descriptors may be other files' now
            if sys.platform == "win32":
                self._close()  # Windows cannot remove an open file
            if not self._is_kept:
                remove(self._identity, self.path)
                remove(self._journal_identity, self._journal_path)
            self._close()

    def _open(self, name: str, open_journal: Callable[[Path], FileIO]) -> None:
        self.path = self._destination.with_name(f"{name}.part")
        self._journal_path = self.path.with_suffix(".journal")
        with ExitStack() as on_failure:
            journal = on_failure.enter_context(open_journal(self._journal_path))
            self._journal = Journal(journal, self._head)
            self._journal_identity = os.fstat(journal.fileno())
            checksums = self._journal.read()
            # A run that was killed in `finish` left the file under its secret name.
            for aside in list(self.path.parent.glob(f"{self.path.name}-*")):
                aside.rename(self.path)
            content = on_failure.enter_context((checksums and self._earlier()) or self._new())
            self._content = content
            self._identity = os.fstat(content.fileno())
            self._checksums = self._verified(checksums)
            self._journal.start(self._checksums)
            on_failure.pop_all()

    def _open_own(self, name: str) -> None:
        """Opens files with names of their own, which no other run continues."""
        self._is_kept = False
        try:
            self._open(name, _open_new)
        except OSError as error:
            for path in (self.path, self._journal_path):
                with suppress(OSError):
                    path.unlink()
            raise self._unwritable(error) from error

    def _earlier(self) -> FileIO | None:
        try:
            content = open_regular(self.path)
        except OSError:
            return None
        found = os.fstat(content.fileno())
        # A file with a second name has been published, and must not be written to.
        if found.st_size == self._size and found.st_nlink == 1:
            return content
        content.close()
        return None

    def _new(self) -> FileIO:
        # Removed and not emptied: another run that has it open notices that it lost its name.
        self.path.unlink(missing_ok=True)
        content = _open_new(self.path)
        content.truncate(self._size)
        return content

    def _verified(self, checksums: dict[int, int]) -> dict[int, int]:
        """The ranges of an earlier run whose content on disk matches the journal."""
        found = (
            (number, checksum.checksum_of(self._read(start, end)))
            for number, start, end in self.ranges()
            if number in checksums
        )
        return {number: value for number, value in found if value == checksums[number]}

    def _read(self, start: int, end: int) -> Iterator[memoryview]:
        buffer = memoryview(bytearray(_READ_BYTES))
        self._content.seek(start)
        while start < end and (size := self._content.readinto(buffer[: end - start])):
            start += size
            yield buffer[:size]

    def _must_have_its_size(self) -> None:
        if os.fstat(self._content.fileno()).st_size != self._size:
            raise DamagedError(f"{self._what} was changed on disk meanwhile")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except FileExistsError as error:
                raise exists(self._destination) from error
            except OSError as error:
                raise self._unwritable(error) from error

    def _close(self) -> None:
        self._content.close()
        self._journal.file.close()

    def _unwritable(self, error: OSError) -> TargetError:
        what = f"cannot write {self._destination}: {reason(error)}"
        return TargetError(what, error.errno, str(self._destination))

    def _replaced(self) -> LarderError:
        return LarderError(f"{self._what} was removed or replaced meanwhile")


def _open_new(path: Path) -> FileIO:
    return open_regular(path, os.O_CREAT | os.O_EXCL)
