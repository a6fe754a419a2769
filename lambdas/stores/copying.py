"""Copies staged parts into S3's own, many at once and in bounded memory.

A session may have 10 000 parts of a few bytes. Read one after the other, at 15 ms each, they would
take minutes, and API Gateway waits 29 seconds.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import accumulate, islice

from botocore.exceptions import ClientError

from lambdas.core.errors import PartsChanged
from lambdas.core.segments import Segment, segments
from lambdas.core.upload import Part, Upload, staged_key
from lambdas.core.upload_stores import Digest, Piece
from lambdas.stores.aws import S3_CONNECTIONS, error_code, translated
from lambdas.stores.content import GONE, Bucket
from lambdas.stores.multipart import MultipartObjects

# Four parts of 8 MiB in memory: bounded, whatever the file's size is, and enough to keep the
# network busy.
COPIES_AT_ONCE = 4

# Of all copies together. More would not be faster: a read takes 0.9 ms of CPU and 15 ms in all, so
# that these keep a core busy, and 10 000 reads take 9 seconds.
READS_AT_ONCE = S3_CONNECTIONS - COPIES_AT_ONCE

READ_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Copies:
    """The staged parts of a session on their way into S3's own."""

    bucket: Bucket
    upload: Upload

    def make(self, parts: Sequence[Part], digest: Digest | None) -> list[Part]:
        """Copy parts in this order and return S3's own; the digest is fed with every byte."""
        plan = segments([(part.id, part.bytes) for part in parts], self.upload.part_size)
        numbered = enumerate(plan, start=1)
        copied: list[Part] = []
        with ThreadPoolExecutor(READS_AT_ONCE) as reads, ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
            while batch := list(islice(numbered, COPIES_AT_ONCE)):
                for part, content in pool.map(lambda job: self._copy(reads, *job), batch):
                    if digest is not None:
                        digest.update(content)
                    copied.append(part)
        return copied

    def _copy(
        self, reads: ThreadPoolExecutor, number: int, plan: Sequence[Segment]
    ) -> tuple[Part, bytes]:
        content = self._piece(reads, plan)
        objects = MultipartObjects(self.bucket)
        upload = self.upload
        piece = Piece(number, content, None, 0)
        return objects.send(upload.object_key, upload.multipart_id, piece), content

    def _piece(self, reads: ThreadPoolExecutor, plan: Sequence[Segment]) -> bytes:
        """Read segments into one buffer: joining them would need twice the memory."""
        sizes = [segment.size for segment in plan]
        content = BytesIO(bytes(sum(sizes)))
        with content.getbuffer() as piece:
            list(reads.map(partial(self._read, piece), plan, accumulate(sizes, initial=0)))
        return content.getvalue()

    def _read(self, piece: memoryview, segment: Segment, start: int) -> None:
        """Read a segment into a piece, from this byte on."""
        stop = start + segment.size
        try:
            with translated():
                answer = self.bucket.client.get_object(
                    Bucket=self.bucket.name,
                    Key=staged_key(self.upload, segment.part_id),
                    Range=f"bytes={segment.start}-{segment.stop - 1}",
                )
                for chunk in answer["Body"].iter_chunks(READ_BYTES):
                    piece[start : start + len(chunk)] = chunk
                    start += len(chunk)
        except ClientError as error:
            if error_code(error) in GONE:
                raise PartsChanged from error
            raise
        if start != stop:
            raise PartsChanged  # otherwise zeros would take the place of the missing bytes
