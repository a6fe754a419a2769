"""`larder admin check` knows what the front door has on its way, and what it leaves behind."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from botocore.awsrequest import AWSResponse

from larder.admin.check.findings import Damage
from tests.bed.bed import Bed, made_bed
from tests.bed.damage import Vandal
from tests.bed.front_door import as_sent
from tests.bed.holdings import Holdings
from tests.bed.invariants import violations
from tests.bed.meanwhile import meanwhile
from tests.bed.uploader import Uploader, content_of
from tests.bed.wire import Call, Killed, Send
from tests.integration.check.conftest import Checker

CONTENT = content_of(3000)
DAY = 86_400


@pytest.fixture
def bed() -> Iterator[Bed]:
    """Larder, whose front door sends little to S3 at once."""
    with made_bed(time.time()) as bed, bed.front_door.with_settings(part_bytes=1000):
        bed.front_door.chunk = 500
        yield bed


@pytest.fixture
def form(bed: Bed) -> httpx2.Request:
    """A large file of alice's that says last that it lives for a day."""
    files: list[tuple[str, tuple[str | None, bytes | str]]] = [
        ("file", ("a.jsonl", CONTENT)),
        ("purpose", (None, "batch")),
        ("expires_after[seconds]", (None, str(DAY))),
    ]
    return bed.http_of("alice").build_request("POST", "/files", files=files)


@pytest.fixture
def part(bed: Bed, alice_uploads: Uploader) -> httpx2.Request:
    """A large part of an upload of alice's."""
    path = f"/uploads/{alice_uploads.begin(len(CONTENT))['id']}/parts"
    return bed.http_of("alice").build_request("POST", path, files={"data": ("data", CONTENT)})


@contextmanager
def dying_at(bed: Bed, operation: str, number: int = 1) -> Iterator[None]:
    """Kill the front door before its call of this operation and number."""
    passed = 0

    def interceptor(call: Call, send: Send) -> AWSResponse:
        nonlocal passed
        passed += call.operation == operation
        if passed == number:
            raise Killed
        return send()

    bed.wire.interceptor = interceptor
    yield
    bed.wire.interceptor = None


def died(bed: Bed, request: httpx2.Request, operation: str, number: int = 1) -> None:
    """Send something to a front door that dies at it."""
    with dying_at(bed, operation, number):
        assert bed.front_door.answer(as_sent(request)).status == 502


def end_sessions(bed: Bed) -> None:
    """Let the sessions of whoever died end, and the reaper be told."""
    bed.clock.move(seconds=3661)
    bed.run_ttl()
    bed.run_stream()


WAYPOINTS = ["UploadPart", "CompleteMultipartUpload", "UploadPartCopy"]


@pytest.mark.parametrize("operation", [*WAYPOINTS, "AbortMultipartUpload"])
def test_a_file_on_its_way_is_in_order(
    bed: Bed, checker: Checker, form: httpx2.Request, operation: str
) -> None:
    found: list[Damage] = []
    with meanwhile(bed.wire, operation, lambda: found.extend(checker.kinds())):
        assert bed.front_door.answer(as_sent(form)).status == 200
    leftover = [Damage.OBJECT_WITHOUT_FILE] if operation == "AbortMultipartUpload" else []
    assert found == leftover  # what has been copied is to be deleted just now
    assert checker.check() == []


def test_a_part_on_its_way_is_in_order(bed: Bed, checker: Checker, part: httpx2.Request) -> None:
    found: list[Damage] = []
    with meanwhile(bed.wire, "CompleteMultipartUpload", lambda: found.extend(checker.kinds())):
        assert bed.front_door.answer(as_sent(part)).status == 200
    assert found == []


@pytest.mark.parametrize("operation", WAYPOINTS)
def test_a_file_whose_front_door_died_is_in_order_until_its_session_ends(
    bed: Bed, checker: Checker, form: httpx2.Request, operation: str
) -> None:
    died(bed, form, operation)
    assert checker.check() == []
    end_sessions(bed)
    assert checker.mend() in ([], [Damage.UPLOAD_WITHOUT_SESSION])
    assert checker.check() == []
    assert Holdings.of(bed).objects == {}
    assert Holdings.of(bed).multipart == {}


def test_what_a_front_door_began_that_died_before_it_reserved_anything_is_aborted(
    bed: Bed, checker: Checker, form: httpx2.Request
) -> None:
    died(bed, form, "TransactWriteItems")
    assert checker.mend() == [Damage.UPLOAD_WITHOUT_SESSION]
    assert checker.check() == []


def test_a_copy_that_died_before_its_commit_goes_with_its_session(
    bed: Bed, checker: Checker, form: httpx2.Request
) -> None:
    died(bed, form, "TransactWriteItems", 2)
    assert len(bed.object_keys()) == 2
    assert checker.check() == []
    end_sessions(bed)
    assert bed.object_keys() == []
    assert checker.check() == []


def test_a_part_whose_front_door_died_is_in_order_until_its_upload_ends(
    bed: Bed, checker: Checker, part: httpx2.Request
) -> None:
    died(bed, part, "UploadPart", 2)
    assert checker.check() == []
    Uploader(bed).try_to_cancel({"id": part.url.path.split("/")[3]})
    assert checker.mend() == [Damage.UPLOAD_WITHOUT_SESSION]
    assert Holdings.of(bed).multipart == {}


@pytest.fixture
def leftover(bed: Bed, form: httpx2.Request) -> str:
    """The key of what a file's bytes came in, whose front door died before it was deleted."""
    died(bed, form, "AbortMultipartUpload")
    [file] = Uploader(bed).files()
    assert Uploader(bed).content(file) == CONTENT
    [key] = [key for key in bed.object_keys() if key.startswith("expires-in-30d/")]
    return key


def test_what_a_file_came_in_is_found_and_deleted_and_the_file_kept(
    bed: Bed, checker: Checker, leftover: str
) -> None:
    [found] = checker.check(repair=True)
    assert (found.damage, found.subject, found.repaired) == (
        Damage.OBJECT_WITHOUT_FILE,
        leftover,
        True,
    )
    assert checker.check() == []
    [file] = Uploader(bed).files()
    assert Uploader(bed).content(file) == CONTENT


def test_what_a_file_came_in_goes_with_the_file(bed: Bed, leftover: str) -> None:
    [file] = Uploader(bed).files()
    assert leftover in bed.object_keys()
    Uploader(bed).http.delete(f"/files/{file['id']}")
    bed.run_stream()
    assert bed.object_keys() == []
    assert violations(bed) == []


def test_what_a_file_came_in_is_kept_when_the_file_has_lost_its_object(
    bed: Bed, checker: Checker, vandal: Vandal, leftover: str
) -> None:
    [file] = Uploader(bed).files()
    vandal.lose_object_of(file["id"])
    assert {(one.damage, one.repaired) for one in checker.check(repair=True)} == {
        (Damage.FILE_WITHOUT_OBJECT, False),
        (Damage.OBJECT_WITHOUT_FILE, False),
    }
    assert bed.object_keys() == [leftover]


@pytest.mark.parametrize("named", ["the file's", "another's", ""])
def test_a_session_that_names_no_beginning_of_its_own_is_found_and_deletes_nothing(
    bed: Bed, checker: Checker, vandal: Vandal, leftover: str, named: str
) -> None:
    [file] = Uploader(bed).files()
    upload_id = leftover.rpartition("/")[2]
    item = vandal.item(upload_id)
    other = Uploader(bed).http.post(
        "/files", data={"purpose": "batch"}, files={"file": ("b", b"b")}
    )
    keys = {
        "the file's": item["object_key"]["S"],
        "another's": vandal.item(other.json()["id"])["object_key"]["S"],
        "": "",
    }
    session = {**json.loads(item["session"]["S"]), "began_as": keys[named]}
    vandal.mangle(upload_id, session={"S": json.dumps(session)})
    assert Damage.UNREADABLE in checker.kinds()
    vandal.lose_item(upload_id)
    bed.run_stream()
    assert Uploader(bed).content(file) == CONTENT
    assert Uploader(bed).content(other.json()) == b"b"
