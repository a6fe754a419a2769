"""Each item's object key is held against the object, and no repair deletes what another names."""

import time
from collections.abc import Callable
from typing import Any

import openai
import pytest

from larder.admin.check.bucket import Bucket
from larder.admin.check.catalog import Catalog
from larder.admin.check.findings import Damage
from larder.admin.check.run import Check
from tests.bed.bed import Bed
from tests.bed.checksums import crc64nvme
from tests.bed.damage import NOBODYS_FILE, Vandal, vandal_of
from tests.bed.uploader import Uploader
from tests.integration.check.conftest import Checker

pytestmark = pytest.mark.slow


@pytest.fixture
def files(alice: openai.OpenAI) -> tuple[str, str]:
    """The ids of two files of alice's, of as many bytes."""
    first, second = (
        alice.files.create(file=("a", content), purpose="batch").id
        for content in (b"first", b"other")
    )
    return first, second


@pytest.fixture
def uploads(alice_uploads: Uploader) -> list[dict[str, Any]]:
    """Two completed uploads of alice's, each with its file."""
    completed = []
    for content in (b"first", b"other"):
        upload = alice_uploads.begin(5)
        file = alice_uploads.complete(upload, [alice_uploads.stage(upload, content)])
        completed.append({**upload, "file": file})
    return completed


@pytest.fixture
def sessions(alice_uploads: Uploader) -> list[str]:
    """The ids of two pending uploads of alice's, each with a presigned part."""
    pending = []
    for content in (b"first", b"other"):
        upload = alice_uploads.begin(5)
        alice_uploads.send_all(upload, content)
        pending.append(str(upload["id"]))
    return pending


def kinds_of(found: Any) -> list[tuple[Damage, str, bool]]:
    return sorted(((one.damage, one.subject, one.repaired) for one in found), key=str)


def both(damage: Damage, subjects: Any, *, repaired: bool) -> list[tuple[Damage, str, bool]]:
    return sorted(((damage, subject, repaired) for subject in subjects), key=str)


def key_of(vandal: Vandal, identifier: str) -> str:
    return str(vandal.item(identifier)["object_key"]["S"])


def test_two_files_with_each_other_s_keys_are_found_and_set_right(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, bed: Bed, files: tuple[str, str]
) -> None:
    vandal.swap_keys(*files)
    assert kinds_of(checker.check()) == both(Damage.WRONG_KEY, files, repaired=False)
    assert kinds_of(checker.check(repair=True)) == both(Damage.WRONG_KEY, files, repaired=True)
    bed.run_stream()
    assert [alice.files.content(one).content for one in files] == [b"first", b"other"]
    assert checker.check() == []


def test_two_files_of_uploads_with_each_other_s_keys_are_set_right(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, uploads: list[dict[str, Any]]
) -> None:
    files = [upload["file"]["id"] for upload in uploads]
    vandal.swap_keys(*files)
    assert kinds_of(checker.check()) == both(Damage.WRONG_KEY, files, repaired=False)
    assert kinds_of(checker.check(repair=True)) == both(Damage.WRONG_KEY, files, repaired=True)
    assert [alice.files.content(one).content for one in files] == [b"first", b"other"]
    assert checker.check() == []


def test_two_sessions_with_each_other_s_keys_are_set_right(
    checker: Checker, vandal: Vandal, sessions: list[str], alice_uploads: Uploader
) -> None:
    vandal.swap_keys(*sessions)
    assert kinds_of(checker.check()) == both(Damage.WRONG_KEY, sessions, repaired=False)
    assert kinds_of(checker.check(repair=True)) == both(Damage.WRONG_KEY, sessions, repaired=True)
    assert checker.check() == []
    for upload_id in sessions:
        alice_uploads.complete({"id": upload_id}, ["part_00001"])


@pytest.mark.parametrize("bad", [None, {"S": ""}, {"S": f"expires-in-30d/alice/{NOBODYS_FILE}"}])
@pytest.mark.parametrize("which", ["file", "file of an upload", "pending", "completed"])
def test_a_key_that_is_missing_or_leads_nowhere_is_found_and_set_right(
    checker: Checker,
    vandal: Vandal,
    files: tuple[str, str],
    uploads: list[dict[str, Any]],
    sessions: list[str],
    which: str,
    bad: Any,
) -> None:
    damaged: str = {
        "file": files[0],
        "file of an upload": uploads[0]["file"]["id"],
        "pending": sessions[0],
        "completed": uploads[0]["id"],
    }[which]
    key = key_of(vandal, damaged)
    vandal.mangle(damaged, object_key=bad)
    assert kinds_of(checker.check()) == both(Damage.WRONG_KEY, [damaged], repaired=False)
    assert kinds_of(checker.check(repair=True)) == both(Damage.WRONG_KEY, [damaged], repaired=True)
    assert key_of(vandal, damaged) == key
    assert checker.check() == []


def test_the_same_key_in_two_files_is_found_and_set_right(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, uploads: list[dict[str, Any]]
) -> None:
    first, second = (upload["file"]["id"] for upload in uploads)
    vandal.mangle(second, object_key=vandal.item(first)["object_key"])
    assert kinds_of(checker.check()) == both(Damage.WRONG_KEY, [second], repaired=False)
    assert kinds_of(checker.check(repair=True)) == both(Damage.WRONG_KEY, [second], repaired=True)
    assert alice.files.content(second).content == b"other"
    assert checker.check() == []


def test_a_key_of_another_owner_is_found_and_set_right(
    checker: Checker, vandal: Vandal, bob: openai.OpenAI, bed: Bed, files: tuple[str, str]
) -> None:
    bobs = bob.files.create(file=("a", b"bob's"), purpose="batch").id
    vandal.mangle(files[0], object_key=vandal_of(bed.session, "bob").item(bobs)["object_key"])
    assert kinds_of(checker.check()) == both(Damage.FOREIGN_KEY, [files[0]], repaired=False)
    checker.mend()
    assert checker.check() == []
    assert bob.files.content(bobs).content == b"bob's"


@pytest.mark.parametrize("which", ["file", "file of an upload", "pending", "completed"])
def test_a_copy_under_another_owner_is_removed_and_nothing_of_the_first_one(
    checker: Checker,
    vandal: Vandal,
    bed: Bed,
    bob: openai.OpenAI,
    files: tuple[str, str],
    uploads: list[dict[str, Any]],
    sessions: list[str],
    which: str,
) -> None:
    bob.files.create(file=("b", b"bob's"), purpose="batch")
    before = bed.object_keys()
    copied: str = {
        "file": files[0],
        "file of an upload": uploads[0]["file"]["id"],
        "pending": sessions[0],
        "completed": uploads[0]["id"],
    }[which]
    vandal.copy_item(copied, "bob")
    found = checker.check()
    assert ("bob", copied, Damage.COPY) in [(one.owner, one.subject, one.damage) for one in found]
    assert {one.owner for one in found} == {"bob"}
    mended = checker.check(repair=True)
    assert all(one.repaired for one in mended if one.damage is Damage.COPY)
    bed.run_stream()
    assert bed.object_keys() == before
    assert len(vandal.s3.list_multipart_uploads(Bucket=vandal.bucket)["Uploads"]) == 2
    checker.check(repair=True)
    assert checker.check() == []


def test_an_item_moved_to_another_owner_is_left_with_its_bytes(
    checker: Checker, vandal: Vandal, bed: Bed, files: tuple[str, str]
) -> None:
    vandal.copy_item(files[0], "bob")
    vandal.lose_item(files[0])
    bed.stream.take()
    found = checker.check(repair=True)
    assert (Damage.FOREIGN_KEY, files[0], False) in kinds_of(found)
    assert len(bed.object_keys()) == 2


def other_life(vandal: Vandal, file_id: str) -> str:
    key = key_of(vandal, file_id).replace("expires-in-30d", "expires-in-07d")
    vandal.mangle(file_id, object_key={"S": key})
    return key


def test_a_key_of_another_life_is_found_and_set_right(
    checker: Checker, vandal: Vandal, files: tuple[str, str]
) -> None:
    other_life(vandal, files[0])
    assert kinds_of(checker.check()) == both(Damage.WRONG_LIFE, [files[0]], repaired=False)
    checker.mend()
    assert checker.check() == []


def test_a_key_of_another_life_in_an_upload_s_file_is_found_and_set_right(
    checker: Checker,
    vandal: Vandal,
    alice: openai.OpenAI,
    uploads: list[dict[str, Any]],
) -> None:
    file_id = uploads[0]["file"]["id"]
    other_life(vandal, file_id)
    [found] = checker.check(repair=True)
    assert (found.damage, found.subject, found.repaired) == (Damage.WRONG_LIFE, file_id, True)
    assert found.detail.endswith(f" instead of expires-in-30d/alice/{uploads[0]['id']}")
    assert alice.files.content(file_id).content == b"first"
    assert checker.check() == []


def test_files_and_uploads_that_all_have_another_s_key_are_set_right(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, uploads: list[dict[str, Any]]
) -> None:
    files = [upload["file"]["id"] for upload in uploads]
    vandal.swap_keys(*files)
    vandal.swap_keys(*(upload["id"] for upload in uploads))
    checker.check(repair=True)
    checker.check(repair=True)
    assert [alice.files.content(one).content for one in files] == [b"first", b"other"]
    assert checker.check() == []


def test_what_was_moved_to_another_owner_is_told_and_not_called_mended(
    checker: Checker, vandal: Vandal, bed: Bed, uploads: list[dict[str, Any]]
) -> None:
    moved = [uploads[0]["id"], uploads[0]["file"]["id"]]
    for identifier in moved:
        vandal.copy_item(identifier, "bob")
        vandal.lose_item(identifier)
    before = bed.object_keys()
    found = kinds_of(checker.check(repair=True))
    assert set(both(Damage.FOREIGN_KEY, moved, repaired=False)) <= set(found)
    assert bed.object_keys() == before


def test_an_object_that_lives_another_life_is_left(
    checker: Checker, vandal: Vandal, bed: Bed, files: tuple[str, str]
) -> None:
    vandal.put_object(other_life(vandal, files[0]), b"first")
    before = bed.object_keys()
    found = checker.check(repair=True)
    assert kinds_of(found) == both(Damage.WRONG_LIFE, [files[0]], repaired=False)
    assert bed.object_keys() == before


def test_a_second_object_of_a_file_is_told_and_left(
    checker: Checker, vandal: Vandal, files: tuple[str, str]
) -> None:
    second = key_of(vandal, files[0]).replace("expires-in-30d", "expires-in-07d")
    vandal.put_object(second, b"first")
    found = checker.check(repair=True)
    assert kinds_of(found) == both(Damage.OBJECT_WITHOUT_FILE, [second], repaired=False)


def test_a_lost_object_does_not_hide_behind_a_second_one_which_may_be_it(
    checker: Checker, vandal: Vandal, bed: Bed, files: tuple[str, str]
) -> None:
    key = key_of(vandal, files[0])
    vandal.put_object(key.replace("expires-in-30d", "expires-in-07d"), b"first")
    vandal.lose_object_of(files[0])
    found = checker.check(repair=True)
    assert (Damage.FILE_WITHOUT_OBJECT, files[0], False) in kinds_of(found)
    assert not any(one.repaired for one in found)
    assert len(bed.object_keys()) == 2


class KnowingBucket(Bucket):
    """One whose S3 knows each object's checksum, which moto does not."""

    def checksum(self, object_key: str) -> str:
        body = self._s3.get_object(Bucket=self._bucket, Key=object_key)["Body"]
        return crc64nvme(body.read())


def test_other_content_of_the_same_size_is_found_with_checksums(
    checker: Checker, vandal: Vandal, bed: Bed, files: tuple[str, str]
) -> None:
    for file_id, content in zip(files, (b"first", b"other"), strict=True):
        vandal.mangle(file_id, crc64nvme={"S": crc64nvme(content)})
    vandal.cut_object_of(files[0], b"FIRST")
    assert checker.check() == []
    run = Check(
        Catalog(bed.deployment), KnowingBucket(bed.deployment), repair=True, checksums=True
    ).run()
    assert kinds_of(run) == both(Damage.WRONG_CONTENT, [files[0]], repaired=False)


def test_what_s3_knows_no_checksum_of_is_passed_over(
    checker: Checker, vandal: Vandal, files: tuple[str, str]
) -> None:
    vandal.mangle(files[0], crc64nvme={"S": crc64nvme(b"other")})
    assert checker.check(checksums=True) == []


def test_a_missing_purpose_id_is_set_from_the_file(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, files: tuple[str, str]
) -> None:
    vandal.mangle(files[0], purpose_id=None)
    vandal.mangle(files[1], purpose_id={"S": f"fine-tune#{files[1]}"})
    assert kinds_of(checker.check()) == both(Damage.WRONG_PURPOSE, files, repaired=False)
    checker.mend()
    assert checker.check() == []
    assert {file.id for file in alice.files.list(purpose="batch")} == set(files)


CHANGES: dict[str, Callable[[str], str]] = {
    "id": lambda shown: shown.replace('"id":"file-0', '"id":"file-1'),
    "bytes": lambda shown: shown.replace('"bytes":5', '"bytes":6'),
    "expires_at": lambda shown: shown.replace('"expires_at":1', '"expires_at":2'),
}


@pytest.mark.parametrize("which", ["file", "completed"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_shown_file_that_differs_from_its_record_is_told(
    checker: Checker, vandal: Vandal, uploads: list[dict[str, Any]], which: str, name: str
) -> None:
    damaged = uploads[0]["file"]["id"] if which == "file" else uploads[0]["id"]
    shown = vandal.item(damaged)["file"]["S"]
    changed = CHANGES[name](shown)
    assert changed != shown
    vandal.mangle(damaged, file={"S": changed})
    found = checker.check(repair=True)
    assert [(one.damage, one.subject) for one in found] == [(Damage.WRONG_ANSWER, damaged)]
    assert name in found[0].detail


def test_a_completed_upload_without_its_file_is_found_and_removed(
    checker: Checker, vandal: Vandal, bed: Bed, uploads: list[dict[str, Any]]
) -> None:
    vandal.lose_item(uploads[0]["file"]["id"])
    bed.run_stream()
    expected = both(Damage.SESSION_WITHOUT_FILE, [uploads[0]["id"]], repaired=False)
    assert kinds_of(checker.check()) == expected
    checker.mend()
    bed.run_stream()
    assert checker.check() == []
    assert len(bed.object_keys()) == 1


def test_a_file_whose_upload_is_gone_keeps_its_object(
    checker: Checker,
    vandal: Vandal,
    bed: Bed,
    alice: openai.OpenAI,
    uploads: list[dict[str, Any]],
) -> None:
    file_id = uploads[0]["file"]["id"]
    vandal.lose_item(uploads[0]["id"])
    bed.run_stream()
    found = checker.check(repair=True)
    assert kinds_of(found) == both(Damage.FILE_WITHOUT_SESSION, [file_id], repaired=False)
    assert alice.files.content(file_id).content == b"first"


@pytest.mark.parametrize("first", ["file", "upload"])
def test_an_upload_and_its_file_that_ttl_takes_one_by_one_are_no_damage(
    checker: Checker, vandal: Vandal, bed: Bed, uploads: list[dict[str, Any]], first: str
) -> None:
    upload = uploads[0]
    ended = time.time() - 60
    for identifier in (upload["id"], upload["file"]["id"]):
        shown = vandal.item(identifier)["file"]["S"]
        later = str(upload["file"]["expires_at"])
        vandal.mangle(identifier, file={"S": shown.replace(later, str(int(ended)))})
        vandal.let_expire(identifier, ended)
    vandal.lose_item(upload["id"] if first == "upload" else upload["file"]["id"])
    assert checker.check(meanwhile=bed.run_stream) == []


def test_a_lost_object_of_an_upload_takes_file_and_upload_with_it(
    checker: Checker, vandal: Vandal, bed: Bed, uploads: list[dict[str, Any]]
) -> None:
    vandal.lose_object_of(uploads[0]["file"]["id"])
    assert checker.mend() == [Damage.FILE_WITHOUT_OBJECT]
    bed.run_stream()
    assert checker.check() == []


def test_parts_that_a_session_with_another_multipart_id_may_mean_are_kept(
    checker: Checker, vandal: Vandal, sessions: list[str]
) -> None:
    vandal.mangle(sessions[0], multipart_id={"S": "mangled"})
    found = checker.check(repair=True)
    key = key_of(vandal, sessions[0])
    assert kinds_of(found) == both(Damage.UPLOAD_WITHOUT_SESSION, [key], repaired=False)


def test_a_file_deleted_while_the_check_reads_is_no_damage(
    checker: Checker, bed: Bed, alice: openai.OpenAI, uploads: list[dict[str, Any]]
) -> None:
    file_id = uploads[0]["file"]["id"]
    found = checker.check(
        between=lambda: alice.files.delete(file_id), meanwhile=bed.run_stream, repair=True
    )
    assert found == []
