"""Downloads a file's content: in parallel to disk, or in order to a stream."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from larder.api.http import HttpApi
from larder.api.types import File
from larder.errors import DamagedError
from larder.transfer import checksum
from larder.transfer.partial import PartialFile
from larder.transfer.progress import OnProgress, OnStep, Progress
from larder.transfer.ranges import Content, Write
from larder.transfer.workers import THREADS, Workers


def download_to_path(
    api: HttpApi,
    file: File,
    destination: Path,
    *,
    replace: bool = False,
    on_progress: OnProgress | None = None,
    on_step: OnStep | None = None,
    threads: int = THREADS,
    stop: threading.Event | None = None,
) -> bool:
    """Writes the content to the destination, which appears whole or not at all.

    Returns whether the content was verified, for which the service must tell its checksum. What an
    earlier run of the same download left is continued. Raises FileExistsError when something is at
    the destination in the end, unless `replace` is set; LarderError while another download to it
    runs; and DamagedError, and removes what came, when the checksum is not the service's.
    """
    content = Content(api, file["id"], connections=threads)
    progress = Progress(file["bytes"], on_progress, on_step)
    progress.step("verifying")  # what an earlier run left
    with PartialFile(file, destination) as arriving:
        progress.continue_at(arriving.size_there())
        with Workers(threads, stop) as workers:
            for number, start, end in arriving.ranges():
                if arriving.has(number):
                    progress.advance(end - start)
                    continue
                fetch = partial(content.read, start, end, workers=workers, progress=progress)
                workers.submit(partial(_fetch, arriving, number, start, fetch))
            workers.wait_until(0)
        try:
            verified = _verify(file, arriving.checksum(), content.checksum)
        except DamagedError:
            arriving.discard()
            raise
        arriving.finish(replace=replace)
    return verified


def download_to_stream(
    api: HttpApi, file: File, write: Write, *, on_progress: OnProgress | None = None
) -> bool:
    """Writes the content in order, and returns whether it was verified.

    Raises DamagedError at the end when it is not the service's.
    """
    content = Content(api, file["id"], connections=1)
    progress = Progress(file["bytes"], on_progress)
    got = content.read(0, file["bytes"], write, Workers(0), progress)
    return _verify(file, got, content.checksum)


def _fetch(arriving: PartialFile, number: int, start: int, fetch: Callable[[Write], int]) -> None:
    arriving.add(number, fetch(arriving.writer(start)))


def _verify(file: File, got: int, expected: str | None) -> bool:
    """Whether there was a checksum to hold it against."""
    if expected is not None and checksum.encode(got) != expected:
        raise DamagedError(
            f"{file['id']} arrived damaged: its checksum is {checksum.encode(got)}, not {expected}"
        )
    return expected is not None
