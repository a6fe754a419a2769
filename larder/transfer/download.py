"""Downloads a file's content: in parallel to disk, or in order to a stream."""

import errno
import io
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from larder.api.calls import Api
from larder.api.types import File
from larder.errors import DamagedError
from larder.transfer import checksum
from larder.transfer.partial import PartialFile
from larder.transfer.progress import OnProgress, OnStep, Progress
from larder.transfer.ranges import Content, Write
from larder.transfer.targets import behind_links, must_be_free
from larder.transfer.workers import THREADS, Workers


class Stream(Protocol):
    """Takes bytes in order; if it takes fewer than it gets, `write` returns how many."""

    def write(self, chunk: bytes, /) -> object:
        """Writes the chunk, or as much of it as it says."""


def download_to_path(
    api: Api,
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

    Returns whether the content was verified, which needs the service's checksum. What an earlier
    run of the same download left is continued; a link that is replaced stays a link. Raises
    TargetExistsError when something is at the destination, at first or at the end, unless
    `replace` is set; TargetError when nothing can be written there; LarderError while another
    download to it runs; DamagedError, and removes what came, when the checksum is not the
    service's; and Stopped when `stop` is set.
    """
    must_be_free(destination, replace=replace)
    content = Content(api, file["id"])
    progress = Progress(file["bytes"], on_progress, on_step)
    progress.step("verifying")  # reads what an earlier run left
    with PartialFile(file, behind_links(destination)) as arriving:
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
    api: Api,
    file: File,
    stream: Stream,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> bool:
    """Writes the content in order, in this thread, and returns whether it was verified.

    Raises DamagedError at the end when it is not the service's, what the stream raises, and
    Stopped when `stop` is set.
    """
    content = Content(api, file["id"])
    progress = Progress(file["bytes"], on_progress)
    write = partial(_write_whole, stream)
    got = content.read(0, file["bytes"], write, Workers(0, stop), progress)
    return _verify(file, got, content.checksum)


def _write_whole(stream: Stream, chunk: bytes) -> None:
    while chunk:
        taken = stream.write(chunk)
        if not isinstance(taken, int) and not isinstance(stream, io.RawIOBase):
            return  # it takes everything, and returns no number
        if not isinstance(taken, int) or taken < 1:
            raise BlockingIOError(errno.EAGAIN, f"{os.strerror(errno.EAGAIN)}: it must block")
        chunk = chunk[taken:]


def _fetch(arriving: PartialFile, number: int, start: int, fetch: Callable[[Write], int]) -> None:
    arriving.add(number, fetch(arriving.writer(start)))


def _verify(file: File, got: int, expected: str | None) -> bool:
    """Compares the checksum; returns whether there was one to compare with."""
    if expected is not None and checksum.encode(got) != expected:
        raise DamagedError(
            f"{file['id']} arrived damaged: its checksum is {checksum.encode(got)}, not {expected}"
        )
    return expected is not None
