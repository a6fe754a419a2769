"""`larder.download_file`: a file's content through a client of the openai SDK."""

import threading
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import overload

import openai
from anyio.from_thread import BlockingPortal
from openai.types import FileObject

from larder.api.calls import Api
from larder.api.files import get_file
from larder.api.types import File
from larder.errors import TargetError, TargetExistsError
from larder.sdk.arguments import must_be_an_id, must_be_called
from larder.sdk.calls import AsyncSdkApi, SdkApi, sound, the_sdks_own_errors
from larder.sdk.targets import AsyncStream, Target, read_target, stream_of
from larder.sdk.threads import SECONDS_TO_STOP, run_in_thread
from larder.transfer.download import Stream, download_to_path, download_to_stream
from larder.transfer.progress import OnProgress
from larder.transfer.targets import destination_of, is_written_in_order, open_in_order
from larder.transfer.workers import THREADS, must_be_threads


@dataclass(frozen=True)
class Downloaded:
    """What `larder.download_file` did.

    Attributes:
        file: The file, as `client.files.retrieve` tells of it.
        path: Where its content is; None if it went to a stream.
        verified: Whether the content was held against the CRC64NVME that S3 keeps of it. False
            only where the service tells none, as of files that it has not made itself.
    """

    file: FileObject
    path: Path | None
    verified: bool


@overload
def download_file(
    client: openai.OpenAI,
    file_id: str,
    target: Target,
    *,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    replace: bool = False,
) -> Downloaded: ...


@overload
def download_file(
    client: openai.AsyncOpenAI,
    file_id: str,
    target: Target | AsyncStream,
    *,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    replace: bool = False,
) -> Awaitable[Downloaded]: ...


def download_file(
    client: openai.OpenAI | openai.AsyncOpenAI,
    file_id: str,
    target: Target | AsyncStream,
    *,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    replace: bool = False,
) -> Downloaded | Awaitable[Downloaded]:
    """Downloads a file's content, straight from S3 and verified, without reading it into memory.

        done = larder.download_file(client, "file-…", "results/")
        print(done.path, done.verified)

    To a path the content comes in ranges, in parallel, and appears whole or not at all. When it was
    interrupted, the same call continues with what is missing. Two downloads to one path never mix:
    the second is refused while the first runs.

    Args:
        client: Whose base URL, key, headers and retries are used; with an `openai.AsyncOpenAI` the
            answer is to be awaited, and cancelling that ends the download.
        file_id: The file's id.
        target: A path; a directory takes the file's own name. Or a stream opened in binary mode,
            which gets the bytes in order, from where it is, and is neither closed nor sought: a
            pipe, a socket's file, a member of a zip file. With an `openai.AsyncOpenAI` its `write`
            may be asynchronous, as that of `aiohttp.web.StreamResponse`.
        on_progress: Called with the bytes that have come and the bytes in all, from the threads
            that bring them, never by two at once. With tqdm and with rich:
            `lambda done, total: bar.update(done - bar.n)`
            `lambda done, total: progress.update(task, completed=done, total=total)`
        threads: How many ranges are read at once, 1 to 32; to a stream it is one after another.
        replace: Whether to replace what is at the path. A link there stays a link, and a file
            leaves its mode.

    Returns:
        The file, the path, and whether the content was verified.

    Raises:
        openai.APIError: The service refused, as with `openai.NotFoundError` where there is no such
            file, or did not answer.
        larder.errors.TargetExistsError: Something is at the path; a FileExistsError too.
        larder.errors.TargetError: Nothing can be written there; an OSError too.
        larder.errors.DamagedError: What came is not what was stored. Nothing of it is at the path;
            a stream has it already.
        larder.errors.LarderError: S3 could not be reached (`NoAnswerError`) or refused
            (`TransferError`), the service answered as no Larder does (`NotUnderstoodError`), or an
            argument has no meaning (`UsageError`). What a stream raises comes as it is.
    """
    must_be_an_id(file_id)
    must_be_threads(threads)
    must_be_called(on_progress)
    download = _Download(file_id, read_target(target), on_progress, threads, replace)
    if isinstance(client, openai.AsyncOpenAI):
        run = partial(download.run_async, sound(client))
        to_end = None if isinstance(download.target, str) else SECONDS_TO_STOP
        return run_in_thread(run, seconds_to_end=to_end)
    return download.run(SdkApi(sound(client)))


@dataclass(frozen=True)
class _Download:
    """One call of `download_file`."""

    file_id: str
    target: str | Stream | AsyncStream
    on_progress: OnProgress | None
    threads: int
    replace: bool

    def run(
        self,
        api: Api,
        portal: BlockingPortal | None = None,
        stop: threading.Event | None = None,
    ) -> Downloaded:
        if not isinstance(self.target, str):
            stream = stream_of(self.target, portal)
            with the_sdks_own_errors():
                return self._to_stream(api, get_file(api, self.file_id), stream, stop)
        with the_sdks_own_errors():
            return self._to_path(api, get_file(api, self.file_id), self.target, stop)

    def run_async(
        self, client: openai.AsyncOpenAI, portal: BlockingPortal, stop: threading.Event
    ) -> Downloaded:
        return self.run(AsyncSdkApi(client, portal), portal, stop)

    def _to_stream(
        self, api: Api, file: File, stream: Stream, stop: threading.Event | None
    ) -> Downloaded:
        verified = download_to_stream(api, file, stream, on_progress=self.on_progress, stop=stop)
        return Downloaded(FileObject.construct(**file), None, verified)

    def _to_path(
        self, api: Api, file: File, target: str, stop: threading.Event | None
    ) -> Downloaded:
        destination = _destination(file, target)
        if destination == Path(target) and is_written_in_order(destination):
            with open_in_order(destination) as stream:
                done = self._to_stream(api, file, stream, stop)
            return Downloaded(done.file, destination, done.verified)
        try:
            verified = download_to_path(
                api,
                file,
                destination,
                replace=self.replace,
                on_progress=self.on_progress,
                threads=self.threads,
                stop=stop,
            )
        except TargetExistsError as error:
            message = f"{error}: replace=True replaces it"
            raise TargetExistsError(message, error.errno, error.filename) from None
        return Downloaded(FileObject.construct(**file), destination, verified)


def _destination(file: File, target: str) -> Path:
    try:
        return destination_of(file, target)
    except TargetError as error:
        raise TargetError(f"{error}: give the path of a file") from None
