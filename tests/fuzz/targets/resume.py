"""What the client left on disk and finds again, whatever has become of it meanwhile.

The first byte says what it is: `S` for an upload's session, and else a download's journal, whose
first line is put right behind a `J`, as chance would hardly write it.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from larder.api.types import File
from larder.errors import LarderError
from larder.transfer.checksum import checksum_of
from larder.transfer.partial import RANGE_BYTES, PartialFile
from larder.transfer.sessions import Session

TOKENS = (
    b'S{"upload_id": "upload_01kb0000000000000000000000"}',
    b"J[0, 0]\n",
    b"[0, ",
    b"[true, ",
    b"NaN",
    b"1e999",
    b"\xff",
    b"\xe2\x80\xa8",
    b"[[[[[[[[",
    b'{"upload_id": ',
)

_MEMORY = Path("/dev/shm")
_FOLDER = TemporaryDirectory(prefix="larder-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None)
_TARGET = Path(_FOLDER.name) / "target"
CONTENT = b"{}\n"
FILE: File = {
    "id": "file-01kb0000000000000000000000",
    "object": "file",
    "bytes": len(CONTENT),
    "created_at": 0,
    "expires_at": 0,
    "filename": "a",
    "purpose": "batch",
    "status": "processed",
}  # type: ignore[typeddict-item, unused-ignore]
HEAD = f'{{"id": "{FILE["id"]}", "bytes": {FILE["bytes"]}, "range": {RANGE_BYTES}}}\n'.encode()
RIGHT = checksum_of([CONTENT])


def run(data: bytes) -> None:
    """Try what one file holds."""
    if data[:1] == b"S":
        _session(data[1:])
    else:
        _journal(HEAD + data[1:] if data[:1] == b"J" else data)


def _session(data: bytes) -> None:
    path = Path(_FOLDER.name) / "session.json"
    path.write_bytes(data)
    found = Session(path).load()
    assert found is None or re.fullmatch(r"[A-Za-z0-9_-]{1,100}", found, re.ASCII)


def _journal(data: bytes) -> None:
    """A range counts as there only where its content is; the journal is right afterwards."""
    with PartialFile(FILE, _TARGET) as fresh:
        path = fresh.path
        fresh.writer(0)(CONTENT)
    journal = path.with_suffix(".journal")
    journal.write_bytes(data)
    try:
        with PartialFile(FILE, _TARGET) as found:
            is_there = found.has(0)
            assert found.size_there() == (len(CONTENT) if is_there else 0)
            assert not is_there or found.checksum() == RIGHT
            expected = HEAD + (f"[0, {RIGHT}]\n".encode() if is_there else b"")
            assert journal.read_bytes() == expected
            found.discard()
    except LarderError as error:
        raise AssertionError(f"it cannot go on: {error}") from error
