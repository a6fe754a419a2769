"""Reads ranges of a file's content from S3, each completely."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import urllib3

from larder.api.calls import Api
from larder.api.files import get_file_url
from larder.api.retry import delays
from larder.errors import LarderError, NoAnswerError, TransferError
from larder.net.connections import reason
from larder.transfer.checksum import update
from larder.transfer.progress import Progress
from larder.transfer.refusals import Refusal, read_refusal
from larder.transfer.workers import Workers

# A quarter of this size would take a tenth more instructions for a large file.
CHUNK_BYTES = 2**20
_TIMEOUT = urllib3.Timeout(connect=20, read=60)

Write = Callable[[bytes], object]


class Content:
    """A file's content in S3; its presigned URL is renewed when S3 refuses it."""

    def __init__(self, api: Api, file_id: str) -> None:
        """Asks for the URL. Raises ApiError when there is no such file.

        `checksum` is None where the service has none.
        """
        self._api = api
        self._file_id = file_id
        self._lock = threading.Lock()
        found = get_file_url(api, file_id)
        self._url, self.checksum = found["url"], found["crc64nvme"]
        self._pool = api.pools.to(self._url)

    def read(self, start: int, end: int, write: Write, workers: Workers, progress: Progress) -> int:
        """Writes the bytes from `start` up to `end` in order, and returns their CRC64NVME.

        A broken connection is continued where it broke; gives up after several attempts in a row
        without any bytes. Raises NoAnswerError, TransferError or ApiError.
        """
        checksum = 0
        waits = iter(delays())
        while start < end:
            url, before = self._url, start
            try:
                for chunk in self._chunks(url, start, end):
                    workers.raise_if_stopped()
                    write(chunk)
                    checksum = update(checksum, chunk)
                    start += len(chunk)
                    progress.advance(len(chunk))
                    del chunk  # so that it is freed before the next is read
            except NoAnswerError as error:
                waits = iter(delays()) if start > before else waits
                delay = next(waits, None)
                if delay is None:
                    raise
                progress.step("retrying")
                workers.sleep(delay)
                if isinstance(error, _UrlRefusedError):
                    self._renew(url)
        return checksum

    def _chunks(self, url: str, start: int, end: int) -> Iterator[bytes]:
        try:
            response = self._pool.urlopen(
                "GET",
                url,
                headers={"Range": f"bytes={start}-{end - 1}"},
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
                preload_content=False,
                decode_content=False,
            )
            with _closed_unless_whole(response):
                if response.status != 206:
                    body = response.read(CHUNK_BYTES)
                    raise _refusal(read_refusal(response.status, body))
                given = response.headers.get("content-range", f"bytes {start}-")
                if not given.startswith(f"bytes {start}-"):
                    raise NoAnswerError("the content did not get through: another range came")
                while start < end:
                    chunk = response.read(min(CHUNK_BYTES, end - start))
                    if not chunk:
                        raise NoAnswerError("the content did not get through: it ended early")
                    start += len(chunk)
                    yield chunk
                    del chunk
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NoAnswerError(f"the content did not get through: {reason(error)}") from error

    def _renew(self, stale: str) -> None:
        with self._lock:
            if self._url == stale:
                found = get_file_url(self._api, self._file_id)
                self._url = found["url"]
                self.checksum = self.checksum or found["crc64nvme"]


@contextmanager
def _closed_unless_whole(response: urllib3.BaseHTTPResponse) -> Iterator[None]:
    """Returns the connection to its pool, closed unless its answer was read completely."""
    try:
        yield
    except BaseException:
        response.close()
        raise
    finally:
        response.release_conn()


class _UrlRefusedError(NoAnswerError):
    """S3 refused the URL: it has expired, or its signer's credentials have."""


def _refusal(refusal: Refusal) -> LarderError:
    if refusal.of_url:
        return _UrlRefusedError(f"S3 refused the content: {refusal.code}")
    if refusal.passes:
        return NoAnswerError(f"S3 did not give the content: {refusal.code}")
    return TransferError(f"S3 refused the content: {refusal.code}")
