"""One bad thing does not stop the check for all owners: it is a finding, and the check goes on."""

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest

from larder.admin.check.findings import Damage
from tests.bed.bed import Bed
from tests.bed.damage import NOBODYS_FILE, NOBODYS_UPLOAD, Vandal, vandal_of
from tests.bed.uploader import Uploader
from tests.integration.check.conftest import Checker

pytestmark = pytest.mark.slow

ODD_KEYS = {
    "parts//x": "",
    "parts/x": "",
    "parts/": "",
    "x": "",
    "/": "",
    "//": "",
    "/alice/x": "alice",
    "parts/alice/x": "alice",
    f"parts/alice/{NOBODYS_UPLOAD}/": "alice",
    f"parts/a%b/{NOBODYS_UPLOAD}/x": "",
    f"parts/alice/{NOBODYS_FILE}/x": "alice",
    f"expires-in-00d/alice/{NOBODYS_FILE}": "alice",
    f"expires-in-7d/alice/{NOBODYS_FILE}": "alice",
    f"expires-in-07d/alice/{NOBODYS_FILE}/x": "alice",
    f"expires-in-07d//{NOBODYS_FILE}": "",
    f"expires-in-07d/{'a' * 65}/{NOBODYS_FILE}": "",
    f"expires-in-07d/é\u2028ü/{NOBODYS_FILE}": "",
    "expires-in-07d/alice/file-\U0001f600": "alice",
    f"other/alice/{NOBODYS_FILE}": "alice",
}

NUMBERS = [
    pytest.param({"N": "1.5"}, id="fraction"),
    pytest.param({"N": "1E+30"}, id="huge"),
    pytest.param({"N": "-1"}, id="negative"),
    pytest.param({"S": "5"}, id="text"),
    pytest.param({"NULL": True}, id="null"),
    pytest.param({"L": []}, id="list"),
    pytest.param(None, id="missing"),
]
TEXTS = [
    pytest.param({"S": "{"}, id="half"),
    pytest.param({"S": "[]"}, id="list"),
    pytest.param({"S": '{"id": 1}'}, id="another shape"),
    pytest.param({"S": "[" * 5000}, id="deep"),
    pytest.param({"N": "1"}, id="number"),
    pytest.param(None, id="missing"),
]

Told = list[tuple[Damage, str, str]]


@pytest.fixture(autouse=True)
def another_damage(bed: Bed, stored: str) -> None:
    """What bob has lost: a check that goes on finds it, whatever alice's state is."""
    [lost] = [item["id"]["S"] for item in bed.items("bob") if "file" in item]
    vandal_of(bed.session, "bob").lose_object_of(lost)


def told(checker: Checker, *, repair: bool = False) -> Told:
    """What is found but for bob's loss, which must be."""
    found = checker.check(repair=repair)
    [bobs] = [one for one in found if one.owner == "bob"]
    assert (bobs.damage, bobs.repaired) == (Damage.FILE_WITHOUT_OBJECT, repair)
    return [(one.damage, one.owner, one.subject) for one in found if one is not bobs]


@pytest.mark.parametrize("repair", [False, True])
def test_an_odd_object_key_is_found_and_never_deleted(
    checker: Checker, vandal: Vandal, bed: Bed, repair: bool
) -> None:
    for key in ODD_KEYS:
        vandal.put_object(key)
    before = set(bed.object_keys())
    expected = sorted((Damage.STRANGE_OBJECT, owner, key) for key, owner in ODD_KEYS.items())
    assert sorted(told(checker, repair=repair)) == expected
    assert set(bed.object_keys()) == before


def test_an_odd_key_of_a_multipart_upload_stops_nothing(checker: Checker, vandal: Vandal) -> None:
    for key in ("parts//x", "x", f"expires-in-07d/alice/{NOBODYS_FILE}/x"):
        vandal.s3.create_multipart_upload(Bucket=vandal.bucket, Key=key)
    assert {damage for damage, _, _ in told(checker)} == {Damage.UPLOAD_WITHOUT_SESSION}


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("kind", ["file", "session"])
def test_bytes_that_are_no_whole_number_are_told_of_their_item(
    checker: Checker,
    vandal: Vandal,
    bed: Bed,
    stored: str,
    session: str,
    kind: str,
    value: Any,
) -> None:
    damaged = stored if kind == "file" else session
    before = len(bed.object_keys())
    vandal.mangle(damaged, bytes=value)
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", damaged)]
    assert len(bed.object_keys()) == before
    assert vandal.item(damaged)


@pytest.mark.parametrize("value", [{"N": "1.5"}, None])
@pytest.mark.parametrize("kind", ["file", "session"])
def test_an_end_that_is_no_whole_number_is_told_of_its_item(
    checker: Checker, vandal: Vandal, stored: str, session: str, kind: str, value: Any
) -> None:
    damaged = stored if kind == "file" else session
    vandal.mangle(damaged, expires_at=value)
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", damaged)]


@pytest.mark.parametrize("value", TEXTS)
def test_a_file_that_cannot_be_shown_is_told(
    checker: Checker, vandal: Vandal, stored: str, value: Any
) -> None:
    vandal.mangle(stored, file=value)
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", stored)]


ALMOST_ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "in another order": lambda answer: dict(reversed(answer.items())),
    "without a status": lambda answer: {**answer, "status": None},
    "of another kind": lambda answer: {**answer, "object": "x"},
    "with more in it": lambda answer: {**answer, "x": 1},
    "with half a character": lambda answer: {**answer, "filename": "\ud800"},
    "with fewer bytes than none": lambda answer: {**answer, "bytes": -1},
}


@pytest.mark.parametrize("almost", ALMOST_ANSWERS.values(), ids=ALMOST_ANSWERS)
def test_an_answer_that_no_function_shows_is_told(
    checker: Checker,
    vandal: Vandal,
    stored: str,
    almost: Callable[[dict[str, Any]], Any],
) -> None:
    answer = almost(json.loads(vandal.item(stored)["file"]["S"]))
    vandal.mangle(stored, file={"S": json.dumps(answer, separators=(",", ":"))})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", stored)]


def test_an_answer_with_spaces_is_told(checker: Checker, vandal: Vandal, stored: str) -> None:
    answer = json.loads(vandal.item(stored)["file"]["S"])
    vandal.mangle(stored, file={"S": json.dumps(answer)})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", stored)]


@pytest.mark.parametrize("change", [{"bytes": 0}, {"part_size": 0}, {"filename": ""}, {"x": 1}])
def test_a_session_that_no_function_takes_is_told(
    checker: Checker, vandal: Vandal, session: str, change: dict[str, Any]
) -> None:
    session_fields = json.loads(vandal.item(session)["session"]["S"])
    vandal.mangle(session, session={"S": json.dumps({**session_fields, **change})})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", session)]


def test_a_checksum_that_is_none_is_told(checker: Checker, vandal: Vandal, stored: str) -> None:
    vandal.mangle(stored, crc64nvme={"S": "\u2028"})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", stored)]


def test_a_pending_session_that_shows_a_file_is_told(
    checker: Checker, vandal: Vandal, stored: str, session: str
) -> None:
    vandal.mangle(session, file=vandal.item(stored)["file"])
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", session)]


@pytest.mark.parametrize("value", NUMBERS[:-1])
@pytest.mark.parametrize("attribute", ["staged_bytes", "staged_parts"])
def test_a_session_that_has_staged_nobody_knows_what_is_told(
    checker: Checker, vandal: Vandal, session: str, attribute: str, value: Any
) -> None:
    vandal.mangle(session, **{attribute: value})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", session)]


@pytest.mark.parametrize("odd", ["file-" + "!" * 26, "file-" + "x" * 2_000], ids=["odd", "long"])
def test_an_upload_that_names_what_is_no_file_is_told_and_nothing_of_it_deleted(
    checker: Checker, vandal: Vandal, bed: Bed, odd: str
) -> None:
    uploads = Uploader(bed)
    upload = uploads.begin(5)
    file_id = uploads.complete(upload, [uploads.stage(upload, b"12345")])["id"]
    answer = vandal.item(file_id)["file"]["S"].replace(file_id, odd)
    vandal.mangle(upload["id"], file_id={"S": odd}, file={"S": answer})
    before = bed.object_keys()
    assert (Damage.UNREADABLE, "alice", upload["id"]) in told(checker, repair=True)
    assert bed.object_keys() == before
    assert vandal.item(file_id)


@pytest.mark.parametrize("value", TEXTS)
@pytest.mark.parametrize("attribute", ["session", "status"])
def test_a_session_that_cannot_be_read_is_told_and_keeps_what_it_has(
    checker: Checker, vandal: Vandal, bed: Bed, session: str, attribute: str, value: Any
) -> None:
    vandal.put_object(f"parts/alice/{session}/part_x")
    before = set(bed.object_keys())
    vandal.mangle(session, **{attribute: value})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", session)]
    assert set(bed.object_keys()) == before
    assert vandal.s3.list_multipart_uploads(Bucket=vandal.bucket)["Uploads"]


def test_items_of_no_known_kind_or_owner_are_told(
    checker: Checker, vandal: Vandal, stored: str
) -> None:
    owners = ("alice", "a/b", "é", "-")
    odd_ids = ("file-x", "upload_", "note", "released#x", "Usage", "é", stored)
    odd = {(owner, odd_id) for owner in owners for odd_id in odd_ids} - {("alice", stored)}
    for owner, odd_id in odd:
        vandal.put_item({**vandal.item(stored), "owner": {"S": owner}, "id": {"S": odd_id}})
    expected = [
        (Damage.STRANGE_ITEM, "alice" if owner == "alice" else "", odd_id) for owner, odd_id in odd
    ]
    assert sorted(told(checker, repair=True), key=str) == sorted(expected, key=str)


def test_a_marker_in_another_s_partition_is_told(
    checker: Checker, vandal: Vandal, stored: str
) -> None:
    marker = f"released#{NOBODYS_FILE}"
    vandal.put_item(
        {
            "owner": {"S": f"alice#{stored}"},
            "id": {"S": marker},
            "expires_at": {"N": "99999999999"},
        }
    )
    assert told(checker, repair=True) == [(Damage.STRANGE_ITEM, "", marker)]


def test_a_marker_is_nothing_to_tell(checker: Checker, bed: Bed, stored: str) -> None:
    bed.http_of("alice").delete(f"/files/{stored}")
    bed.run_stream()
    assert [item["id"]["S"] for item in bed.items(f"alice#{stored}")] == [f"released#{stored}"]
    assert told(checker) == []


@pytest.mark.parametrize("value", [{"N": "1.5"}, None])
@pytest.mark.parametrize(
    ("partition", "identifier"),
    [
        (f"alice#{NOBODYS_FILE}", f"released#{NOBODYS_FILE}"),
        ("alice", f"released#{NOBODYS_FILE}"),  # as the version before wrote them
        ("alice", "idempotency#x"),
    ],
)
def test_a_marker_or_claim_without_a_whole_end_is_told(
    checker: Checker, vandal: Vandal, partition: str, identifier: str, value: Any
) -> None:
    more = {"fingerprint": {"S": "f"}, "attempt": {"S": "a"}}
    item = {"owner": {"S": partition}, "id": {"S": identifier}, "expires_at": value, **more}
    vandal.put_item({name: given for name, given in item.items() if given is not None})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", identifier)]


@pytest.mark.parametrize(
    "damage",
    [{"answer": {"S": "{"}}, {"answer": {"N": "1"}}, {"fingerprint": None}, {"attempt": None}],
    ids=str,
)
def test_a_mangled_claim_is_told(checker: Checker, vandal: Vandal, damage: dict[str, Any]) -> None:
    item = {
        "owner": {"S": "alice"},
        "id": {"S": "idempotency#x"},
        "expires_at": {"N": "99999999999"},
        "fingerprint": {"S": "f"},
        "attempt": {"S": "a"},
        **damage,
    }
    vandal.put_item({name: given for name, given in item.items() if given is not None})
    assert told(checker) == [(Damage.UNREADABLE, "alice", "idempotency#x")]


@pytest.mark.parametrize("value", [{"N": "1.5"}, {"S": "17"}, {"NULL": True}])
@pytest.mark.parametrize(
    "attribute", ["used_bytes", "reserved_bytes", "files", "uploads", "settled_at"]
)
def test_a_mangled_usage_is_told_and_set_to_the_sum(
    checker: Checker, vandal: Vandal, alice: openai.OpenAI, attribute: str, value: Any
) -> None:
    vandal.mangle("usage", **{attribute: value})
    expected = [(Damage.UNREADABLE_USAGE, "alice", "usage")]
    assert told(checker) == expected
    assert told(checker, repair=True) == expected
    assert checker.check() == []
    assert alice.files.create(file=("a", b"1"), purpose="batch").bytes == 1
    assert checker.check() == []


def test_a_quota_that_is_no_whole_number_is_told_and_left(checker: Checker, vandal: Vandal) -> None:
    vandal.mangle("usage", quota_bytes={"S": "much"})
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", "usage")]


def test_a_usage_is_not_judged_by_a_sum_that_nobody_can_know(
    checker: Checker, vandal: Vandal, stored: str
) -> None:
    vandal.mangle(stored, bytes={"S": "5"})
    vandal.change_usage()
    assert told(checker, repair=True) == [(Damage.UNREADABLE, "alice", stored)]
