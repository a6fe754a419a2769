"""`larder.upload_file`: a file of any allowed size through a client of the openai SDK."""

import tempfile
import threading
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, overload

import openai
from anyio import to_thread
from openai.types import FileObject

from larder.api.answers import read_file, understood
from larder.api.calls import Answer, Api, Call
from larder.api.types import ExpiresAfter
from larder.api.uploads import INLINE_BYTES, NewFile
from larder.sdk.arguments import must_be_a_key, must_be_called
from larder.sdk.calls import AsyncSdkApi, SdkApi, base_url_of, sound, the_sdks_own_errors
from larder.sdk.inputs import FileInput, Input, Stream, read_input
from larder.sdk.threads import SECONDS_TO_STOP, run_in_thread
from larder.transfer.progress import OnProgress, Progress
from larder.transfer.sessions import Session, Sessions
from larder.transfer.sources import FileSource, HandleSource, describe, whole
from larder.transfer.upload import of_source, upload_in_parts
from larder.transfer.workers import THREADS, must_be_threads

if TYPE_CHECKING:
    from openai._legacy_response import LegacyAPIResponse
    from openai.types import FilePurpose


@overload
def upload_file(
    client: openai.OpenAI,
    file: FileInput,
    *,
    purpose: "FilePurpose",
    expires_after: ExpiresAfter | None = None,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    idempotency_key: str | None = None,
) -> FileObject: ...


@overload
def upload_file(
    client: openai.AsyncOpenAI,
    file: FileInput,
    *,
    purpose: "FilePurpose",
    expires_after: ExpiresAfter | None = None,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    idempotency_key: str | None = None,
) -> Awaitable[FileObject]: ...


def upload_file(
    client: openai.OpenAI | openai.AsyncOpenAI,
    file: FileInput,
    *,
    purpose: "FilePurpose",
    expires_after: ExpiresAfter | None = None,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
    idempotency_key: str | None = None,
) -> FileObject | Awaitable[FileObject]:
    """Uploads a file of any size that the service allows, without reading it into memory.

        with tqdm(total=path.stat().st_size, unit="B", unit_scale=True) as bar:
            larder.upload_file(
                client, path, purpose="batch",
                on_progress=lambda done, total: bar.update(done - bar.n),
            )

    Small files go in one call, others in parts, straight to S3 and in parallel. An upload from a
    path that was interrupted continues when it is called again with the same arguments.

    Args:
        client: Whose base URL, key, headers and retries are used; with an `openai.AsyncOpenAI`
            the answer is to be awaited, and cancelling that ends the upload.
        file: A path, bytes, or a file opened in binary mode, which is sent from its start; or as
            for `client.files.create` a tuple of a name, one of these and, if you like, a media
            type. What cannot seek, such as a pipe or an HTTP response, or is slow to, such as a
            member of a zip file or what `gzip.open` gives, is copied to a temporary file first.
        purpose: As for `client.files.create`.
        expires_after: As for `client.files.create`: anchor `created_at`, and seconds.
        on_progress: Called with the bytes sent and the bytes in all, from the threads that send,
            never by two at once. The bytes sent become fewer when some must be sent again. With
            tqdm as above; with rich:
            `lambda done, total: progress.update(task, completed=done, total=total)`
        threads: How many parts of a large file are sent at once, 1 to 32.
        idempotency_key: Any text of your own, up to 255 characters of ASCII. The same call with
            the same key continues what an earlier one began, also from bytes or a stream, and
            makes one file only, within 24 hours.

    Raises:
        openai.APIError: The service refused, as from `client.files.create`, or did not answer.
        larder.errors.LarderError: The file cannot be read (`UnreadableFileError`) or changed
            (`DamagedError`), or S3 could not be reached (`NoAnswerError`) or refused it
            (`TransferError`), or the service answered as no Larder does (`NotUnderstoodError`), or
            an argument has no meaning (`UsageError`). For a path that is missing, forbidden or a
            directory it is a FileNotFoundError, PermissionError or IsADirectoryError too.
    """
    must_be_threads(threads)
    must_be_called(on_progress)
    must_be_a_key(idempotency_key)
    given = read_input(file)
    options = _Options(purpose, expires_after, on_progress, threads, idempotency_key)
    if isinstance(client, openai.AsyncOpenAI):
        return _upload_async(sound(client), given, options)
    return _upload(sound(client), given, options)


@dataclass(frozen=True)
class _Options:
    """The options of an upload."""

    purpose: "FilePurpose"
    expires_after: ExpiresAfter | None
    on_progress: OnProgress | None
    threads: int
    idempotency_key: str | None


def _upload(client: openai.OpenAI, given: Input, options: _Options) -> FileObject:
    if not isinstance(given.content, Stream):
        return _Upload(client, given, given.content, options).run(client)
    with _temporary_file() as copy:
        given.content.copy_to(copy)
        return _Upload(client, given, HandleSource(copy), options).run(client)


async def _upload_async(client: openai.AsyncOpenAI, given: Input, options: _Options) -> FileObject:
    stream = given.content
    if not isinstance(stream, Stream):
        return await _Upload(client, given, stream, options).run_async(client)
    with _temporary_file() as copy:
        await run_in_thread(
            lambda _, stop: stream.copy_to(copy, stop), seconds_to_end=SECONDS_TO_STOP
        )
        return await _Upload(client, given, HandleSource(copy), options).run_async(client)


def _temporary_file() -> IO[bytes]:
    """On disk once it is large."""
    return tempfile.SpooledTemporaryFile(max_size=INLINE_BYTES)


class _Upload:
    """One call of `upload_file`."""

    def __init__(
        self,
        client: openai.OpenAI | openai.AsyncOpenAI,
        given: Input,
        source: FileSource | HandleSource,
        options: _Options,
    ) -> None:
        self._source = source
        self._session: Session | None = None
        self._options = options
        self._whole = of_source(self._source, threads=options.threads)
        self._new: NewFile = describe(
            given.name,
            self._source.size,
            purpose=options.purpose,
            expires_after=options.expires_after,
            mime_type=given.mime_type,
        )
        if isinstance(self._source, FileSource):
            owner = _headers_of(client).get("larder-owner")
            sessions = Sessions(str(client.base_url), client.api_key, owner=owner)
            self._session = sessions.of(self._source, self._new)

    def run(self, client: openai.OpenAI) -> FileObject:
        if self._new.size <= INLINE_BYTES:
            try:
                return self._created(client, client.files.with_raw_response.create(**self._form()))
            except openai.APIStatusError as error:
                if not self._needs_parts(error):
                    raise
        return self._in_parts(SdkApi(client))

    async def run_async(self, client: openai.AsyncOpenAI) -> FileObject:
        if self._new.size <= INLINE_BYTES:
            try:
                form = await to_thread.run_sync(self._form)
                return self._created(client, await client.files.with_raw_response.create(**form))
            except openai.APIStatusError as error:
                if not self._needs_parts(error):
                    raise
        return await run_in_thread(
            lambda portal, stop: self._in_parts(AsyncSdkApi(client, portal), stop)
        )

    def _form(self) -> dict[str, Any]:
        # Its own key, so that a lost answer does not make a second file.
        key = self._options.idempotency_key or str(uuid.uuid4())
        form: dict[str, Any] = {
            "file": (self._new.filename, whole(self._source), self._new.mime_type),
            "purpose": self._new.purpose,
            "extra_headers": {"Idempotency-Key": key},
        }
        if self._new.expires_after is not None:
            form["expires_after"] = self._new.expires_after
        return form

    def _created(
        self,
        client: openai.OpenAI | openai.AsyncOpenAI,
        response: "LegacyAPIResponse[FileObject]",
    ) -> FileObject:
        """The file, if that is what the service answered: the SDK takes anything for one."""
        answer = Answer(response.status_code, response.headers, response.content)
        call = Call("POST", "/files")
        understood(base_url_of(client), call, answer, partial(read_file, size=self._new.size))
        Progress(self._new.size, self._options.on_progress).advance(self._new.size)
        return response.parse()

    def _needs_parts(self, error: openai.APIStatusError) -> bool:
        """Whether this service takes less in one call; but of an empty file there are no parts."""
        return error.status_code == 413 and self._new.size > 0

    def _in_parts(self, api: Api, stop: threading.Event | None = None) -> FileObject:
        with the_sdks_own_errors():
            file = upload_in_parts(
                api,
                self._whole,
                self._new,
                session=self._session,
                idempotency_key=self._options.idempotency_key,
                on_progress=self._options.on_progress,
                stop=stop,
            )
        return FileObject.construct(**file)


def _headers_of(client: openai.OpenAI | openai.AsyncOpenAI) -> dict[str, str]:
    """Those that it sends with every call, by their names in lower case."""
    return {
        name.lower(): value
        for name, value in client.default_headers.items()
        if isinstance(value, str)
    }
