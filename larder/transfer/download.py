"""Downloads a file's content: in parallel to disk, or in order to a stream."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from larder.api.http import HttpApi
from larder.api.types import File
from larder.errors import DamagedError
from larder.transfer import checksum
from larder.transfer.partial import PartialFile
from larder.transfer.progress import OnProgress, Progress
from larder.transfer.ranges import Content, Write
from larder.transfer.workers import THREADS, Workers


def download_to_path(
    api: HttpApi,
    file: File,
    destination: Path,
    *,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
) -> None:
    """Writes the content to the destination, which appears whole or not at all.

    What an earlier run of the same download left is continued. Raises DamagedError, and removes
    what came, when the content's checksum is not the service's.
    """
    content = Content(api, file["id"], connections=threads)
    arriving = PartialFile(file, destination)
    progress = Progress(file["bytes"], on_progress)
    with Workers(threads) as workers:
        for number, start, end in arriving.ranges():
            if arriving.has(number):
                progress.advance(end - start)
                continue
            fetch = partial(content.read, start, end, workers=workers, progress=progress)
            workers.submit(partial(_fetch_range, arriving, number, start, fetch))
        workers.wait_until(0)
    try:
        _verify(file, checksum.join(arriving.checksums()), content.checksum)
    except DamagedError:
        arriving.discard()
        raise
    arriving.finish(destination)


def download_to_stream(
    api: HttpApi, file: File, write: Write, *, on_progress: OnProgress | None = None
) -> None:
    """Writes the content in order. Raises DamagedError at the end when it is not the service's."""
    content = Content(api, file["id"], connections=1)
    progress = Progress(file["bytes"], on_progress)
    got = content.read(0, file["bytes"], write, Workers(0), progress)
    _verify(file, got, content.checksum)


def _fetch_range(
    arriving: PartialFile, number: int, start: int, fetch: Callable[[Write], int]
) -> None:
    with arriving.open_at(start) as handle:
        got = fetch(handle.write)
    arriving.add(number, got)


def _verify(file: File, got: int, expected: str | None) -> None:
    if expected is not None and checksum.encode(got) != expected:
        raise DamagedError(
            f"{file['id']} arrived damaged: its checksum is {checksum.encode(got)}, not {expected}"
        )
