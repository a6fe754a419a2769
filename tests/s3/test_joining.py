"""Parts that came through the API, joined on a real S3 server: any order, any size."""

import hashlib
import random

import pytest

from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.uploader import MIB, PART, Uploader, content_of, cut

SIZES = {
    "one byte": [1],
    "bytes one by one": [1] * 12,
    "exactly two of S3's parts": [4 * MIB] * 4,
    "one byte more than two of S3's parts": [4 * MIB] * 4 + [1],
    "cuts that S3's parts do not share": [3 * MIB + 7] * 9,
    "many more parts than are read at once": [3, 5, 7] * 40,
    "tiny parts among large ones": [4 * MIB, 1, 4 * MIB, 1, 1, 4 * MIB, 2, 3 * MIB, 5],
}


@pytest.mark.parametrize("name", SIZES)
def test_parts_in_any_order_and_size_become_the_file(
    bed: Bed, alice_uploads: Uploader, name: str
) -> None:
    sizes = SIZES[name]
    content = content_of(sum(sizes), name)
    starts = [sum(sizes[:position]) for position in range(len(sizes))]
    order = random.Random(name).sample(range(len(sizes)), len(sizes))
    upload = alice_uploads.begin(len(content))
    ids = {
        position: alice_uploads.stage(
            upload, content[starts[position] : starts[position] + sizes[position]]
        )
        for position in order
    }
    file = alice_uploads.complete(upload, [ids[position] for position in range(len(sizes))])
    assert file["bytes"] == len(content)
    assert alice_uploads.content(file) == content
    assert alice_uploads.checksum_of(file) == crc64nvme(content)
    assert bed.object_keys() == [f"expires-in-30d/alice/{upload['id']}"]


def test_only_the_chosen_parts_become_the_file(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(6)
    first, _, third = (alice_uploads.stage(upload, piece) for piece in (b"abc", b"xyz", b"def"))
    file = alice_uploads.complete(upload, [third, first])
    assert alice_uploads.content(file) == b"defabc"


@pytest.mark.parametrize("way", ["staged", "presigned"])
class TestMd5:
    """OpenAI's `md5` is verified over the whole, whichever way the parts came."""

    content = content_of(PART + MIB, "md5")

    def sent(self, uploader: Uploader, way: str) -> tuple[dict[str, object], list[str]]:
        upload = uploader.begin(len(self.content))
        if way == "presigned":
            return upload, uploader.send_all(upload, self.content)
        pieces = cut(self.content, 4 * MIB, 4 * MIB)
        return upload, [uploader.stage(upload, piece) for piece in pieces]

    @pytest.mark.parametrize("case", [str.lower, str.upper])
    def test_the_right_one_is_taken(self, alice_uploads: Uploader, way: str, case: object) -> None:
        assert callable(case)
        upload, part_ids = self.sent(alice_uploads, way)
        md5 = case(hashlib.md5(self.content).hexdigest())
        file = alice_uploads.complete(upload, part_ids, md5=md5)
        assert alice_uploads.content(file) == self.content

    def test_a_wrong_one_is_refused_naming_both(self, alice_uploads: Uploader, way: str) -> None:
        upload, part_ids = self.sent(alice_uploads, way)
        answered = alice_uploads.try_to_complete(upload, part_ids, md5="0" * 32)
        error = answered.json()["error"]
        assert (answered.status_code, error["param"]) == (400, "md5")
        assert "0" * 32 in error["message"]
        assert hashlib.md5(self.content).hexdigest() in error["message"]
        assert alice_uploads.files() == []

    def test_after_a_wrong_one_the_right_one_completes(
        self, alice_uploads: Uploader, way: str
    ) -> None:
        upload, part_ids = self.sent(alice_uploads, way)
        alice_uploads.try_to_complete(upload, part_ids, md5="0" * 32)
        md5 = hashlib.md5(self.content).hexdigest()
        file = alice_uploads.complete(upload, part_ids, md5=md5)
        assert alice_uploads.content(file) == self.content
        assert len(alice_uploads.files()) == 1


def test_presigned_parts_in_another_order_are_refused(alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(2 * PART)
    part_ids = alice_uploads.send_all(upload, content_of(2 * PART))
    answered = alice_uploads.try_to_complete(upload, part_ids[::-1])
    assert answered.status_code == 400
    assert answered.json()["error"]["param"] == "part_ids"
    assert "'part_00001' to 'part_00002'" in answered.json()["error"]["message"]


def test_a_presigned_part_that_is_missing_is_named(alice_uploads: Uploader) -> None:
    content = content_of(2 * PART)
    upload = alice_uploads.begin(2 * PART)
    first = alice_uploads.send(upload, 1, content[:PART])
    answered = alice_uploads.try_to_complete(upload, [first, "part_00002"])
    assert answered.status_code == 400
    assert "'part_00002' has not arrived whole: 0 of 8388608" in answered.json()["error"]["message"]
    second = alice_uploads.send(upload, 2, content[PART:])
    file = alice_uploads.complete(upload, [first, second])
    assert alice_uploads.content(file) == content


def test_completing_again_answers_as_the_first_time(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(2 * PART)
    part_ids = alice_uploads.send_all(upload, content_of(2 * PART))
    first = alice_uploads.try_to_complete(upload, part_ids)
    again = alice_uploads.try_to_complete(upload, part_ids)
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(bed.object_keys()) == 1


def test_cancelling_leaves_nothing_in_the_bucket(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(2 * PART)
    alice_uploads.send(upload, 1, content_of(PART))
    alice_uploads.stage(upload, b"x")
    assert alice_uploads.try_to_cancel(upload).status_code == 200
    s3 = bed.session.client("s3")
    assert bed.object_keys() == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bed.deployment.content_bucket)


def test_a_session_that_expires_leaves_nothing_in_the_bucket(
    bed: Bed, alice_uploads: Uploader
) -> None:
    upload = alice_uploads.begin(2 * PART)
    alice_uploads.send(upload, 1, content_of(PART))
    alice_uploads.stage(upload, b"x")
    bed.clock.move(seconds=86_400)
    bed.run_ttl()
    bed.run_stream()
    s3 = bed.session.client("s3")
    assert bed.object_keys() == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bed.deployment.content_bucket)
    assert alice_uploads.usage() == {"bytes": 0, "reserved_bytes": 0, "files": 0}


def test_nothing_is_read_for_a_checksum_that_s3_tells(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(2 * PART)
    alice_uploads.complete(upload, alice_uploads.send_all(upload, content_of(2 * PART)))
    assert "GetObject" not in {call.operation for call in bed.wire.calls}
