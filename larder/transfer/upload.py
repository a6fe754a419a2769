"""Uploads content in parts, as one session from its opening to the file."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
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
from larder.errors import ApiError, DamagedError, NoAnswerError, TransferError
from larder.transfer.checksum import checksum_of, encode
from larder.transfer.parts import OutgoingPart, Pace, send_parts
from larder.transfer.progress import OnProgress, Progress
from larder.transfer.sessions import Session
from larder.transfer.sources import Source


def upload_in_parts(
    api: Api,
    source: Source,
    new: NewFile,
    *,
    session: Session | None = None,
    on_progress: OnProgress | None = None,
    threads: int = 4,
) -> File:
    """Uploads the source and returns its File.

    With a `session` that an earlier run left, sends only what is missing, and on failure leaves
    it for the next run; without, cancels on failure. Raises LarderError: the service's refusal
    (of a file that is too large before a byte is sent), no answer, or a source that changed.
    """
    continued = _continued(api, session)
    upload = continued or create_upload(api, new)
    if upload["file"] is not None:  # only the answer to `complete` had been lost
        return _finished(upload, session)
    if session is not None:
        session.save(upload["id"])
    progress = Progress(new.size, on_progress)
    try:
        received = received_parts(api, upload["id"]) if continued else {}
        parts = missing(source_parts(source, upload), received, progress)
        send_parts(api, upload["id"], parts, Pace(threads), progress)
        source.check_unchanged()
        upload = complete(api, upload)
    except BaseException as error:
        if session is None or _is_final(error):
            cancel_quietly(api, upload["id"])
            if session is not None:
                session.forget()
        raise
    return _finished(upload, session)


def complete(api: Api, upload: Upload) -> Upload:
    """Joins all parts of the session."""
    numbers = range(1, upload["part_count"] + 1)
    return complete_upload(api, upload["id"], [part_id(number) for number in numbers])


def cancel_quietly(api: Api, upload_id: str) -> None:
    """Gives back what the session reserved, if the service answers; else its end will."""
    with suppress(ApiError, NoAnswerError):
        cancel_upload(api, upload_id)


def missing(
    parts: Iterable[OutgoingPart], received: Mapping[int, str | None], progress: Progress
) -> Iterator[OutgoingPart]:
    """The parts that S3 does not have with this content.

    `received` holds the checksums of those that it has; None where it keeps none.
    """
    for part in parts:
        if part.number in received and received[part.number] in {part.checksum, None}:
            progress.advance(part.size)
        else:
            yield part


def source_parts(source: Source, upload: Upload) -> Iterator[OutgoingPart]:
    """Cuts the source as the session wants it."""
    for number in range(1, upload["part_count"] + 1):
        offset = (number - 1) * upload["part_size"]
        size = min(upload["part_size"], upload["bytes"] - offset)
        checksum = encode(checksum_of(source.read(offset, size)))
        yield OutgoingPart(number, size, checksum, partial(source.read, offset, size))


def received_parts(api: Api, upload_id: str) -> dict[int, str | None]:
    """The checksums of the parts that S3 has, by number."""
    parts = list_parts(api, upload_id)
    return {part["part_number"]: part["checksum"] for part in parts if part["part_number"]}


def _continued(api: Api, session: Session | None) -> Upload | None:
    """The session that an earlier run left, if it can go on or has already become the file."""
    upload_id = None if session is None else session.load()
    if upload_id is None:
        return None
    try:
        upload = get_upload(api, upload_id)
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
        raise NoAnswerError(f"the service completed {upload['id']} without a file")
    return upload["file"]
