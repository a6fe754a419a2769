"""Sends parts to their presigned URLs, several at a time, each until it has arrived."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import urllib3

from larder.api.calls import Api
from larder.api.retry import delays
from larder.api.types import PartUrl
from larder.api.uploads import create_part_urls
from larder.errors import DamagedError, LarderError, NoAnswerError, TransferError
from larder.net.connections import reason
from larder.transfer.progress import Progress
from larder.transfer.refusals import Refusal, read_refusal
from larder.transfer.workers import Workers

_TIMEOUT = urllib3.Timeout(connect=20, read=60)


class UploadGoneError(TransferError):
    """S3 has joined or discarded the parts, and takes no more."""


@dataclass(frozen=True)
class OutgoingPart:
    """One part: its number from 1, size, base64 CRC64NVME, and how to read it, perhaps again."""

    number: int
    size: int
    checksum: str
    read: Callable[[], Iterable[memoryview]]


@dataclass(frozen=True)
class Pace:
    """How parts are sent.

    `threads` parts are sent at a time; one call gets URLs for `batch` parts; and the next batch is
    prepared once fewer than `ahead` parts are waiting or being sent.
    """

    threads: int
    batch: int = 8
    ahead: int = 8


def send_parts(
    api: Api,
    upload_id: str,
    parts: Iterable[OutgoingPart],
    pace: Pace,
    progress: Progress,
    stop: threading.Event | None = None,
) -> None:
    """Sends all parts.

    Raises ApiError, NoAnswerError, TransferError or DamagedError when one cannot be sent, and
    Stopped when `stop` is set.
    """
    remaining = iter(parts)
    with Workers(pace.threads, stop) as workers:
        sender: _Sender | None = None
        while True:
            workers.wait_until(pace.ahead - 1)
            batch = {part.number: part for part in islice(remaining, pace.batch)}
            if not batch:
                break
            urls = create_part_urls(api, upload_id, _checksums(batch.values()))
            sender = sender or _Sender(api, upload_id, urls[0]["url"], progress, workers)
            for url in urls:
                workers.submit(sender.job(batch.pop(url["part_number"]), url))
        workers.wait_until(0)


def _headers(part: OutgoingPart, url: PartUrl) -> dict[str, str]:
    # Without a Content-Length urllib3 would send the iterable chunked, which S3 refuses.
    signed = {name.lower(): value for name, value in url["headers"].items()}
    if signed.get("x-amz-checksum-crc64nvme") != part.checksum:
        what = f"the service's URL of part {part.number} has S3 verify no checksum"
        raise TransferError(f"{what}: nothing was stored")
    return {**signed, "content-length": str(part.size)}


def _checksums(parts: Iterable[OutgoingPart]) -> Mapping[int, str]:
    return {part.number: part.checksum for part in parts}


class _Sender:
    """Sends one part at a time, in a worker's thread."""

    def __init__(
        self,
        api: Api,
        upload_id: str,
        url: str,
        progress: Progress,
        workers: Workers,
    ) -> None:
        self._api = api
        self._upload_id = upload_id
        self._pool = api.pools.to(url)
        self._progress = progress
        self._workers = workers

    def job(self, part: OutgoingPart, url: PartUrl) -> Callable[[], None]:
        return lambda: self._send(part, url)

    def _send(self, part: OutgoingPart, url: PartUrl) -> None:
        """Tries until S3 has the part, with a new URL for each retry.

        So an expired URL, or one whose signer's credentials expired, needs no special case.
        """
        for delay in [*delays(), None]:
            failure = self._try(part, url)
            if failure is None:
                return
            if delay is None:
                raise failure
            self._progress.step("retrying")
            self._workers.sleep(delay)
            (url,) = create_part_urls(self._api, self._upload_id, _checksums([part]))

    def _try(self, part: OutgoingPart, url: PartUrl) -> LarderError | None:
        """Returns a failure that a retry may cure; raises a final one."""
        sent = _Counter(self._progress)
        try:
            response = self._pool.urlopen(
                url["method"],
                url["url"],
                body=sent.count(self._chunks(part)),
                headers=_headers(part, url),
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            sent.forget()
            return NoAnswerError(f"part {part.number} did not get through: {reason(error)}")
        except BaseException:
            sent.forget()
            raise
        if response.status == 200:
            return None
        sent.forget()
        return _refusal(part, read_refusal(response.status, response.data))

    def _chunks(self, part: OutgoingPart) -> Iterator[memoryview]:
        for chunk in part.read():
            self._workers.raise_if_stopped()
            yield chunk


class _Counter:
    """Reports chunks as they are sent, and takes them back when the part failed."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._size = 0

    def count(self, chunks: Iterable[memoryview]) -> Iterator[memoryview]:
        for chunk in chunks:
            yield chunk
            self._size += len(chunk)
            self._progress.advance(len(chunk))

    def forget(self) -> None:
        self._progress.advance(-self._size)


def _refusal(part: OutgoingPart, refusal: Refusal) -> LarderError:
    if refusal.code == "BadDigest":
        return DamagedError(
            f"S3 refused part {part.number}: BadDigest: "
            "it was damaged on its way, or the file changed"
        )
    if refusal.passes:
        return NoAnswerError(f"S3 did not take part {part.number}: {refusal.code}")
    kind = UploadGoneError if refusal.code == "NoSuchUpload" else TransferError
    raise kind(f"S3 refused part {part.number}: {refusal.code}")
