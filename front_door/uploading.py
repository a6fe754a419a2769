"""POST /files and POST /uploads/{upload_id}/parts, of any size, in bounded memory."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from front_door.body import Body
from front_door.forms import IncomingForm
from front_door.pieces import Pieces
from front_door.service import Service
from lambdas.api.request import Request
from lambdas.core.callers import Caller
from lambdas.core.errors import Busy, QuotaExceeded
from lambdas.core.upload import Part
from lambdas.core.upload_stores import Piece

T = TypeVar("T")


async def create_file(service: Service, request: Request, body: Body) -> str:
    """Store a form's content as a file, and return the File as the API answers it.

    Content that fits into one of S3's parts is stored as by the function.
    """
    caller, key = request.caller, request.idempotency_key
    form = IncomingForm(request, body, "file")
    if key is not None and await service.threads.run(
        service.repeated_forms.is_one, caller, key, request.now
    ):
        return await _answer_again(service, caller, form, key)
    async with _refused_by_itself(service, caller, key):
        return await _stored(service, request, form)


async def _stored(service: Service, request: Request, form: IncomingForm) -> str:
    caller, key = request.caller, request.idempotency_key
    run, large, clock = service.threads.run, service.large_files, service.clock
    await run(large.admit, caller, form.form_start(), request.now)
    await form.start()
    large.must_be_allowed(caller, form.form_start())
    pieces = _pieces(
        service,
        begin=lambda: run(large.begin, caller, form.form_start(), request.now),
        store=lambda upload, piece: large.send(upload, piece, clock()),
        digest=key is not None,
    )
    async with _abandoned_on_failure(
        pieces, lambda upload: run(large.abandon, caller, upload, clock())
    ):
        async for content in form.content():
            await pieces.take(content)
        new = form.new_file()
        if (upload := await pieces.end()) is None:
            return await run(
                service.file_creation.create_file,
                caller,
                new,
                pieces.small(),
                now=clock(),
                idempotency_key=key,
            )
        return await run(
            large.finish,
            caller,
            upload,
            new,
            pieces.parts,
            pieces.sha256,
            now=clock(),
            idempotency_key=key,
        )


@asynccontextmanager
async def _refused_by_itself(
    service: Service, caller: Caller, key: str | None
) -> AsyncIterator[None]:
    """Ask for another try if there is no room because the same form has come another way."""
    try:
        yield
    except QuotaExceeded:
        if key is not None and await service.threads.run(
            service.repeated_forms.is_one, caller, key, service.clock()
        ):
            raise Busy from None
        raise


async def _answer_again(service: Service, caller: Caller, form: IncomingForm, key: str) -> str:
    """Read a form whose key already has its answer, and give that answer."""
    digest = hashlib.sha256()
    service.large_files.must_be_allowed(caller, form.form_start())
    async for content in form.content():
        digest.update(content)
    return await service.threads.run(
        service.repeated_forms.answer, caller, form.new_file(), digest, key, service.clock()
    )


async def add_part(service: Service, request: Request, body: Body) -> str:
    """Stage a part of an upload, and return the Part as the API answers it."""
    caller, upload_id = request.caller, request.path("upload_id")
    run, large, clock = service.threads.run, service.large_parts, service.clock
    form = IncomingForm(request, body, "data")
    upload = await run(large.admit, caller, upload_id, form.at_least, request.now)
    pieces = _pieces(
        service,
        begin=lambda: run(large.begin, upload, clock()),
        store=lambda part, piece: large.send(part, piece, clock()),
        digest=False,
    )
    async with _abandoned_on_failure(pieces, lambda part: run(large.abandon, part)):
        async for content in form.content():
            await pieces.take(content)
        form.form.file("data")
        if (part := await pieces.end()) is None:
            return await run(
                service.staging.add_part, caller, upload_id, pieces.small(), now=clock()
            )
        return await run(large.finish, part, pieces.parts, clock())


def _pieces(
    service: Service,
    begin: Callable[[], Awaitable[T]],
    store: Callable[[T, Piece], Part],
    *,
    digest: bool,
) -> Pieces[T]:
    settings = service.settings
    return Pieces(
        settings.part_bytes, settings.parts_at_once, service.threads, begin, store, digest=digest
    )


@asynccontextmanager
async def _abandoned_on_failure(
    pieces: Pieces[T], abandon: Callable[[T], Awaitable[None]]
) -> AsyncIterator[None]:
    """Give back what a request began, if it fails."""
    try:
        yield
    except (Exception, asyncio.CancelledError):
        await pieces.settle()
        if pieces.begun is not None:
            await abandon(pieces.begun)
        raise
