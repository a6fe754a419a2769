"""Uploads content in parts, by one upload session."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from larder.api.calls import Api
from larder.api.types import File, Upload
from larder.api.uploads import (
    NewFile,
    cancel_upload,
    complete_upload,
    create_upload,
    get_upload,
    list_parts,
    part_id,
)
from larder.errors import (
    ApiError,
    DamagedError,
    NoAnswerError,
    NotUnderstoodError,
    TransferError,
)
from larder.transfer.checksum import checksum_of, encode
from larder.transfer.parts import OutgoingPart, Pace, UploadGoneError, send_parts
from larder.transfer.progress import OnProgress, OnStep, Progress
from larder.transfer.sessions import Session
from larder.transfer.sources import CHUNK_BYTES, Source
from larder.transfer.workers import THREADS, must_be_threads

# How many Idempotency-Keys are tried, so that a faulty service causes no endless loop.
_MOST_SESSIONS = 10


@dataclass(frozen=True)
class Whole:
    """The content of one file: how to cut it into parts, and what to check before they are joined.

    `pace` says how far ahead of the sending it is cut, which bounds the memory.
    """

    cut: Callable[[Upload], Iterator[OutgoingPart]]
    check: Callable[[], None]
    pace: Pace


def of_source(source: Source, *, threads: int = THREADS) -> Whole:
    """A source is read twice, once for the checksum, so that no part is held in memory.

    Raises UsageError for a senseless number of threads.
    """
    must_be_threads(threads)
    pace = Pace(threads, ahead=2 * threads)
    return Whole(partial(_source_parts, source), source.check_unchanged, pace)


def of_stream(chunks: Iterator[bytes], check: Callable[[], None]) -> Whole:
    """A stream can be read only once, so each part is in memory until it is sent: four at most."""
    return Whole(partial(_stream_parts, chunks), check, Pace(threads=4, batch=1, ahead=4))


def upload_in_parts(
    api: Api,
    whole: Whole,
    new: NewFile,
    *,
    session: Session | None = None,
    idempotency_key: str | None = None,
    on_progress: OnProgress | None = None,
    on_step: OnStep | None = None,
    stop: threading.Event | None = None,
) -> File:
    """Uploads the whole and returns its File.

    A `session` of an earlier run, or the one that was opened with the same idempotency key, is
    continued with the missing parts, and kept for the next attempt unless its failure is final.
    Without either, the session is cancelled on failure. If another run completes it first, that
    file is returned. Raises LarderError: the service's refusal
    (of a file that is too large before a byte is sent), no answer, or content that changed; and
    Stopped when `stop` is set.
    """
    continued = _continued(api, session, new.size)
    upload = continued or _opened(api, new, idempotency_key)
    if upload["file"] is not None:  # only the answer to `complete` had been lost
        return _finished(upload, session)
    if session is not None:
        session.save(upload["id"])
    progress = Progress(new.size, on_progress, on_step)
    try:
        received = _received(api, upload) if continued or idempotency_key else {}
        progress.continue_at(sum(size for number, _, size in _cuts(upload) if number in received))
        parts = _missing(whole.cut(upload), received, progress)
        send_parts(api, upload["id"], parts, whole.pace, progress, stop)
        whole.check()
        progress.step("joining")
        upload = _complete(api, upload)
    except BaseException as error:
        if (completed := _completed_by_another(api, upload, error)) is not None:
            return _finished(completed, session)
        if (session is None and idempotency_key is None) or _is_final(error):
            _cancel_quietly(api, upload["id"])
            if session is not None:
                session.forget()
        raise
    return _finished(upload, session)


def _complete(api: Api, upload: Upload) -> Upload:
    numbers = range(1, upload["part_count"] + 1)
    return complete_upload(api, upload, [part_id(number) for number in numbers])


def _completed_by_another(api: Api, upload: Upload, error: BaseException) -> Upload | None:
    """The session, if it takes no more parts because another run of the same upload completed it.

    S3 may have joined it while its file is not shown yet. Completing it again is safe then, since
    no other parts can be joined any more.
    """
    if not isinstance(error, ApiError | TransferError):
        return None
    is_over = isinstance(error, ApiError) and error.code == "upload_not_pending"
    try:
        if is_over or isinstance(error, UploadGoneError):
            found = _complete(api, upload)
        else:
            found = get_upload(api, upload["id"], upload["bytes"])
    except (ApiError, NoAnswerError):
        return None
    return found if found["file"] is not None else None


def _cancel_quietly(api: Api, upload_id: str) -> None:
    """Gives back what the session reserved; if that fails, its expiry will."""
    with suppress(ApiError, NoAnswerError):
        cancel_upload(api, upload_id)


def _missing(
    parts: Iterable[OutgoingPart], received: Mapping[int, str | None], progress: Progress
) -> Iterator[OutgoingPart]:
    """The parts that S3 does not have with this content.

    `received` holds the checksums of those that it has, None if unknown.
    """
    for part in parts:
        if received.get(part.number) == part.checksum:
            progress.advance(part.size)
        else:
            yield part
        del part  # so that this buffer may be freed while the next part is read


def _source_parts(source: Source, upload: Upload) -> Iterator[OutgoingPart]:
    for number, offset, size in _cuts(upload):
        checksum = encode(checksum_of(source.read(offset, size)))
        yield OutgoingPart(number, size, checksum, partial(source.read, offset, size))


def _stream_parts(chunks: Iterator[bytes], upload: Upload) -> Iterator[OutgoingPart]:
    rest = memoryview(b"")
    for number, _, size in _cuts(upload):
        buffer = bytearray(size)
        filled = 0
        while filled < size:
            rest = rest or memoryview(next(chunks, b""))
            if not rest:
                raise DamagedError("the file ended before its size: nothing was stored")
            taken = min(len(rest), size - filled)
            buffer[filled : filled + taken] = rest[:taken]
            filled, rest = filled + taken, rest[taken:]
        yield OutgoingPart(number, size, encode(checksum_of([buffer])), partial(_slices, buffer))
        del buffer


def _slices(buffer: bytearray) -> Iterator[memoryview]:
    view = memoryview(buffer)
    for start in range(0, len(view), CHUNK_BYTES):
        yield view[start : start + CHUNK_BYTES]


def _cuts(upload: Upload) -> Iterator[tuple[int, int, int]]:
    """Number, offset and size of each part, as the session wants them."""
    for number in range(1, upload["part_count"] + 1):
        offset = (number - 1) * upload["part_size"]
        yield number, offset, min(upload["part_size"], upload["bytes"] - offset)


def _received(api: Api, upload: Upload) -> dict[int, str | None]:
    """The checksums of the parts that S3 has, by number."""
    parts = list_parts(api, upload["id"])
    return {part["part_number"]: part["checksum"] for part in parts if part["part_number"]}


def _continued(api: Api, session: Session | None, size: int) -> Upload | None:
    """The session that an earlier run left, if it can go on or has already become the file."""
    upload_id = None if session is None else session.load()
    return None if upload_id is None else _usable(api, upload_id, size)


def _opened(api: Api, new: NewFile, idempotency_key: str | None) -> Upload:
    """A new session, or that of the key, which the service returns for 24 hours.

    If that session is unusable for good, the next is opened with a key made of both, and so on. So
    a repeated call finds the same session. Raises NotUnderstoodError when none of many is usable.
    """
    if idempotency_key is None:
        return create_upload(api, new)
    key = idempotency_key
    for _ in range(_MOST_SESSIONS):
        upload_id = create_upload(api, new, key)["id"]
        # The service repeats its first answer, so the session's present state must be asked for.
        if (upload := _usable(api, upload_id, new.size)) is not None:
            return upload
        key = hashlib.sha256(f"{idempotency_key} {upload_id}".encode()).hexdigest()
    raise NotUnderstoodError(
        f"of {_MOST_SESSIONS} uploads with this Idempotency-Key none can go on: use another one"
    )


def _usable(api: Api, upload_id: str, size: int) -> Upload | None:
    """The session, if it can go on or has already become the file."""
    try:
        upload = get_upload(api, upload_id, size)
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return upload if upload["status"] in {"pending", "completed"} else None


def _is_final(error: BaseException) -> bool:
    """Whether this session can never become the file, so that the next run must start over."""
    if isinstance(error, ApiError):
        return error.status in {400, 404, 409}
    return isinstance(error, DamagedError | TransferError)


def _finished(upload: Upload, session: Session | None) -> File:
    if session is not None:
        session.forget()
    if upload["file"] is None:
        raise NotUnderstoodError(f"the service completed {upload['id']} without a file")
    return upload["file"]
