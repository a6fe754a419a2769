"""`larder.upload_file`: a file of any allowed size through a client of the openai SDK."""

import threading
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

import openai
from anyio import to_thread
from openai.types import FileObject

from larder.api.answers import read_file, understood
from larder.api.calls import Answer, Api, Call
from larder.api.settings import api_key_in
from larder.api.types import ExpiresAfter
from larder.api.uploads import INLINE_BYTES, NewFile
from larder.errors import LarderError
from larder.sdk.calls import AsyncSdkApi, SdkApi, base_url_of
from larder.sdk.inputs import FileInput, read_input
from larder.sdk.threads import run_in_thread
from larder.transfer.progress import OnProgress
from larder.transfer.sessions import Session, Sessions
from larder.transfer.sources import FileSource, describe, whole
from larder.transfer.upload import of_source, upload_in_parts
from larder.transfer.workers import THREADS

if TYPE_CHECKING:
    from openai._legacy_response import LegacyAPIResponse
    from openai.types import FilePurpose

Client = TypeVar("Client", openai.OpenAI, openai.AsyncOpenAI)


@overload
def upload_file(
    client: openai.OpenAI,
    file: FileInput,
    *,
    purpose: "FilePurpose",
    expires_after: ExpiresAfter | None = None,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
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
) -> Awaitable[FileObject]: ...


def upload_file(
    client: openai.OpenAI | openai.AsyncOpenAI,
    file: FileInput,
    *,
    purpose: "FilePurpose",
    expires_after: ExpiresAfter | None = None,
    on_progress: OnProgress | None = None,
    threads: int = THREADS,
) -> FileObject | Awaitable[FileObject]:
    """Uploads a file of any size that the service allows, without reading it into memory.

    Small files go in one call, others in parts, straight to S3 and in parallel. An upload from a
    path that was interrupted continues when it is called again with the same arguments.

    Args:
        client: Whose base URL, key, headers and retries are used; with an `openai.AsyncOpenAI`
            the answer is to be awaited.
        file: A path, bytes, or a seekable file opened in binary mode, which is sent from its
            start; or as for `client.files.create` a tuple of a name, one of these and, if you
            like, a media type.
        purpose: As for `client.files.create`.
        expires_after: As for `client.files.create`: anchor `created_at`, and seconds.
        on_progress: Called with the bytes sent and the bytes in all, from the threads that send,
            never by two at once.
        threads: How many parts of a large file are sent at once, 1 to 32.

    Raises:
        openai.APIError: The service refused, as from `client.files.create`, or did not answer.
        larder.errors.LarderError: The file cannot be read or changed (`DamagedError`), or S3
            could not be reached (`NoAnswerError`) or refused it (`TransferError`), or the service
            answered as no Larder does (`NotUnderstoodError`). For a path that is missing,
            forbidden or a directory it is a FileNotFoundError, PermissionError or
            IsADirectoryError too.
    """
    if isinstance(client, openai.AsyncOpenAI):
        client = _with_sound_key(client)
        upload = _Upload(client, file, purpose, expires_after, on_progress, threads)
        return upload.run_async(client)
    client = _with_sound_key(client)
    return _Upload(client, file, purpose, expires_after, on_progress, threads).run(client)


class _Upload:
    """One call of `upload_file`."""

    def __init__(
        self,
        client: openai.OpenAI | openai.AsyncOpenAI,
        file: FileInput,
        purpose: "FilePurpose",
        expires_after: ExpiresAfter | None,
        on_progress: OnProgress | None,
        threads: int,
    ) -> None:
        given = read_input(file)
        self._source = given.source
        self._session: Session | None = None
        self._on_progress = on_progress
        self._whole = of_source(self._source, threads=threads)
        self._new: NewFile = describe(
            given.name,
            self._source.size,
            purpose=purpose,
            expires_after=expires_after,
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
        form: dict[str, Any] = {
            "file": (self._new.filename, whole(self._source), self._new.mime_type),
            "purpose": self._new.purpose,
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
        return response.parse()

    def _needs_parts(self, error: openai.APIStatusError) -> bool:
        """Whether this service takes less in one call; but of an empty file there are no parts."""
        return error.status_code == 413 and self._new.size > 0

    def _in_parts(self, api: Api, stop: threading.Event | None = None) -> FileObject:
        try:
            file = upload_in_parts(
                api,
                self._whole,
                self._new,
                session=self._session,
                on_progress=self._on_progress,
                stop=stop,
            )
        except LarderError as error:
            if isinstance(error.__cause__, openai.APIError):
                raise error.__cause__ from None
            raise
        return FileObject.construct(**file)


def _with_sound_key(client: Client) -> Client:
    """The client, its key without white space around it; UsageError for a key that is none.

    The HTTP library's own refusal shows the whole of it.
    """
    if not client.api_key:  # one that is asked for at each call
        return client
    key = api_key_in(client.api_key, "the client's api_key")
    return client if key == client.api_key else client.with_options(api_key=key)


def _headers_of(client: openai.OpenAI | openai.AsyncOpenAI) -> dict[str, str]:
    """Those that it sends with every call, by their names in lower case."""
    return {
        name.lower(): value
        for name, value in client.default_headers.items()
        if isinstance(value, str)
    }
