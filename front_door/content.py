"""GET and HEAD /files/{file_id}/content: content of any size as a 200, and any range of it."""

import asyncio
from collections.abc import AsyncIterator

from front_door.answers import send_answer, start_of
from front_door.body import Body, ClientGone, Pace, Send
from front_door.service import Service
from lambdas.api.content import not_modified, sized, span_of
from lambdas.api.request import Request
from lambdas.core.content import ContentStream, open_content
from lambdas.core.errors import LarderError
from lambdas.core.file import File
from lambdas.core.files import get_file

READ_BYTES = 512 * 1024
TRIES = 3


class Interrupted(Exception):
    """An answer has begun and cannot be sent to its end."""


async def send_content(
    service: Service, request: Request, body: Body, pace: Pace, send: Send
) -> int:
    """Answer with the requested bytes, as they come from S3; returns the status.

    Raises the errors that a function would, and Interrupted once the answer has begun.
    """
    file = await service.threads.run(
        get_file, request.caller, request.path("file_id"), files=service.files, now=request.now
    )
    if request.event["httpMethod"] == "HEAD":
        response = sized(request, file)
        await send_answer(send, response, request.id)
        return response.status
    span = span_of(request, file)
    if span is None:
        await send_answer(send, not_modified(file), request.id)
        return 304
    reading = _Reading(service, file, span.start, span.stop, request.now)
    await reading.open()
    length = {"content-length": str(span.stop - span.start), "x-request-id": request.id}
    await send(start_of(span.status, {**span.headers, **length}))
    gone = asyncio.create_task(body.wait_for_end())
    try:
        async for content in reading.chunks():
            if gone.done():
                raise ClientGone
            await pace.wait_for(
                send({"type": "http.response.body", "body": content, "more_body": True})
            )
            pace.moved(len(content))
    except LarderError as error:
        raise Interrupted(error.message) from error
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b""})
    return span.status


class _Reading:
    """Content that is being read: the next bytes are read while the previous are sent."""

    def __init__(self, service: Service, file: File, start: int, stop: int, now: float) -> None:
        self._service = service
        self._file = file
        self._position, self._stop = start, stop
        self._now = now
        self._stream: ContentStream | None = None

    async def open(self) -> None:
        """Ask for the bytes from here on."""
        service = self._service
        self._stream = await service.threads.run(
            open_content,
            self._file,
            self._position,
            self._stop,
            files=service.files,
            contents=service.contents,
            now=self._now,
        )

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes to their end."""
        coming = asyncio.create_task(self._next())
        try:
            while content := await coming:
                coming = asyncio.create_task(self._next())
                yield content
        finally:
            coming.cancel()
            if self._stream is not None:
                self._stream.close()

    async def _next(self) -> bytes:
        """Return the next bytes; if S3 cuts them off, asks it again for the rest."""
        if self._position == self._stop:
            return b""
        for tries_left in reversed(range(TRIES)):
            try:
                if self._stream is None:
                    await self.open()
                content = await self._service.threads.run(self._read)
                self._position += len(content)
                return content
            except LarderError:
                self._stream = None
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _read(self) -> bytes:
        assert self._stream is not None
        return self._stream.read(READ_BYTES)
