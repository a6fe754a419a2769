"""Orders in which something came out that no order one by one has, as they were printed then.

Only who goes on is read of a line: what they call has changed since. Whoever is left goes on to the
end behind the last line.
"""

import pytest

from tests.orders.judge import Judge
from tests.orders.stages import MadeStage, parts

THE_FILE_HAD_THE_CONTENT_OF_PARTS_NOT_CHOSEN = """
    complete: GetItem upload
    complete: ListParts
    complete: ListObjectsV2
    complete: GetObject
    complete: GetObject
    complete: UploadPart
    complete the presigned: GetItem upload
    complete the presigned: ListParts
    complete the presigned: UpdateItem upload
    complete the presigned: CompleteMultipartUpload
    complete the presigned: GetObject
    complete the presigned: TransactWriteItems file, upload, usage
    complete the presigned: ListObjectsV2
    complete the presigned: DeleteObjects
    complete: UpdateItem upload
"""

NO_ROOM_THOUGH_A_SESSION_HAD_EXPIRED = """
    stage: GetItem upload
    stage: GetItem usage
    create when it has expired: GetItem usage
    create when it has expired: Query
    stage: TransactWriteItems upload, usage
    stage: PutObject
    stage: GetItem upload
    create when it has expired: TransactWriteItems marker, upload, usage
    create when it has expired: Query
    create when it has expired: GetItem usage
"""


THE_OBJECT_OF_A_FILE_WAS_DELETED = """
    complete the presigned: GetItem upload
    complete the presigned: ListParts
    complete the presigned: UpdateItem upload
    complete the presigned: CompleteMultipartUpload
    complete the presigned: GetObject
    complete: GetItem upload
    complete: ListParts
    complete: UpdateItem upload
    complete the presigned: TransactWriteItems file, upload, usage
    complete the presigned: ListObjectsV2
    complete the presigned: DeleteObjects
    collect: DeleteItem upload
    collect: goes on
    collect: ListObjectsV2
    complete: GetItem upload
"""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (parts, THE_FILE_HAD_THE_CONTENT_OF_PARTS_NOT_CHOSEN),
        (parts, NO_ROOM_THOUGH_A_SESSION_HAD_EXPIRED),
        (parts, THE_OBJECT_OF_A_FILE_WAS_DELETED),
    ],
    ids=["another content", "no room", "no object"],
)
def test_what_was_wrong_once_is_right_now(made: MadeStage, told: str) -> None:
    order = [line.partition(":")[0].strip() for line in told.strip().splitlines()]
    with made() as stage:
        judge = Judge(stage)
        outcome, steps = judge.replay(tuple(dict.fromkeys(order)), order)
        assert judge.is_right(outcome, steps), "\n".join(judge.explanation(outcome))
