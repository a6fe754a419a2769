"""`larder admin check --checksums` against an S3 that computes checksums."""

import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.damage import vandal_of
from tests.bed.uploader import Uploader


def stored(bed: Bed, content: bytes) -> str:
    """Store a file as an upload, of which this S3 tells the checksum."""
    uploader = Uploader(bed)
    upload = uploader.begin(len(content))
    return str(uploader.complete(upload, [uploader.stage(upload, content)])["id"])


@pytest.mark.parametrize("checksums", [True, False])
def test_other_content_of_the_same_size_is_found_with_checksums(bed: Bed, checksums: bool) -> None:
    sound, damaged = (stored(bed, content) for content in (b"first", b"other"))
    vandal = vandal_of(bed.session, "alice")
    vandal.s3.put_object(
        Bucket=vandal.bucket,
        Key=vandal.item(damaged)["object_key"]["S"],
        Body=b"OTHER",
        ChecksumAlgorithm="CRC64NVME",
    )
    run = Check(Catalog(bed.deployment), Bucket(bed.deployment), checksums=checksums).run()
    expected = [(Damage.WRONG_CONTENT, damaged)] if checksums else []
    assert [(one.damage, one.subject) for one in run] == expected
    assert bed.client_of("alice").files.content(sound).content == b"first"


def test_lost_objects_are_found_among_their_neighbours(bed: Bed) -> None:
    files = [stored(bed, str(number).encode()) for number in range(5)]
    vandal = vandal_of(bed.session, "alice")
    for lost in files[1:4:2]:
        vandal.lose_object_of(lost)
    run = Check(Catalog(bed.deployment), Bucket(bed.deployment), grace_seconds=-60).run()
    found = {(one.damage, one.subject) for one in run}
    assert found == {(Damage.FILE_WITHOUT_OBJECT, lost) for lost in files[1:4:2]}
