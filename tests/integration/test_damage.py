"""A record that an operator's hand has damaged: an error of itself alone, logged, told as such."""

import itertools
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest

from lambdas.core import ids
from lambdas.core.damage import is_answer_of
from tests.bed.bed import Bed
from tests.bed.damage import NOBODYS_UPLOAD, Vandal, vandal_of
from tests.bed.gateway import HttpResponse
from tests.bed.stock import files_of
from tests.bed.uploader import Uploader

pytestmark = pytest.mark.slow

BAD_NUMBERS = [
    pytest.param({"N": "1.5"}, id="fraction"),
    pytest.param({"N": "-1"}, id="negative"),
    pytest.param({"N": "1E+30"}, id="huge"),
    pytest.param({"S": "5"}, id="text"),
    pytest.param({"NULL": True}, id="null"),
    pytest.param(None, id="missing"),
]
BAD_ANSWERS = [
    pytest.param({"S": "{"}, id="half"),
    pytest.param({"S": '{"id":"'}, id="cut"),
    pytest.param({"S": "[]"}, id="list"),
    pytest.param({"S": "{}"}, id="empty"),
    pytest.param({"S": ""}, id="nothing"),
    pytest.param({"N": "1"}, id="number"),
    pytest.param(None, id="missing"),
]


@pytest.fixture
def vandal(bed: Bed) -> Vandal:
    return vandal_of(bed.session, "alice")


@pytest.fixture
def http(bed: Bed) -> httpx2.Client:
    return bed.http_of("alice")


class Log(logging.Handler):
    """What the rules and stores have logged: owner and id of every damaged record."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[Any, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append((record.owner, record.id))  # type: ignore[attr-defined]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    logging.getLogger("lambdas.damage").addHandler(log)
    yield log
    logging.getLogger("lambdas.damage").removeHandler(log)


@pytest.fixture
def files(alice: openai.OpenAI) -> list[str]:
    """The ids of five files of alice's, in the order of a list."""
    made = [alice.files.create(file=(f"{n}.jsonl", b"12345"), purpose="batch") for n in range(5)]
    return [file.id for file in reversed(made)]


def reports_damage(answer: httpx2.Response | HttpResponse, identifier: str) -> bool:
    """Whether an answer says that this record is damaged, for good."""
    body = answer.json() if isinstance(answer, httpx2.Response) else json.loads(answer.body)
    return (
        (body["error"]["code"], body["error"]["type"]) == ("damaged_record", "server_error")
        and identifier in body["error"]["message"]
        and answer.headers["x-should-retry"] == "false"
    )


@pytest.mark.parametrize("value", BAD_NUMBERS)
def test_a_file_s_mangled_number_is_an_error_of_that_file_alone(
    http: httpx2.Client,
    vandal: Vandal,
    files: list[str],
    log: Log,
    value: Any,
) -> None:
    vandal.mangle(files[1], bytes=value)
    for path in ("", "/content"):
        answer = http.get(f"/files/{files[1]}{path}")
        assert answer.status_code == 500
        assert reports_damage(answer, files[1])
        assert http.get(f"/files/{files[2]}{path}").status_code == 200
    assert log.told == [("alice", files[1])] * 2


@pytest.mark.parametrize("value", [{"N": "99999999999.5"}, None])
def test_a_file_without_a_whole_end_is_told_as_damaged(
    http: httpx2.Client, vandal: Vandal, files: list[str], value: Any
) -> None:
    vandal.mangle(files[1], expires_at=value)
    assert reports_damage(http.get(f"/files/{files[1]}"), files[1])


@pytest.mark.parametrize("value", BAD_ANSWERS)
def test_a_file_s_mangled_answer_is_told_as_damaged(
    http: httpx2.Client, vandal: Vandal, files: list[str], value: Any
) -> None:
    vandal.mangle(files[1], file=value)
    for path in ("", "/content"):
        assert reports_damage(http.get(f"/files/{files[1]}{path}"), files[1])


@pytest.mark.parametrize("value", BAD_ANSWERS)
def test_a_list_leaves_out_what_cannot_be_shown_and_pages_over_it(
    alice: openai.OpenAI,
    vandal: Vandal,
    files: list[str],
    log: Log,
    value: Any,
) -> None:
    damaged = {files[0], files[2], files[4]}
    for file_id in damaged:
        vandal.mangle(file_id, file=value)
    left = [files[1], files[3]]
    ways: Any = itertools.product([1, 2, 10_000], ["asc", "desc"], [{}, {"purpose": "batch"}])
    for limit, order, more in ways:
        found = [file.id for file in alice.files.list(limit=limit, order=order, **more)]
        assert found == (left if order == "desc" else left[::-1])
    assert {identifier for _, identifier in log.told} == damaged


def test_a_list_s_head_tells_of_what_is_shown(
    http: httpx2.Client, vandal: Vandal, files: list[str]
) -> None:
    for file_id in (files[0], files[2], files[4]):
        vandal.mangle(file_id, file={"S": "{"})
    page = http.get("/files?limit=2").json()
    assert (page["first_id"], page["last_id"], page["has_more"]) == (files[1], files[3], False)
    page = http.get("/files?limit=1").json()
    assert (page["first_id"], page["last_id"], page["has_more"]) == (files[1], files[1], True)


ALMOST_ANSWERS: dict[str, Callable[[str, str, str], str]] = {
    "another's behind it": lambda own, other_id, other: own + other_id + other,
    "another's on lines of its own": lambda own, other_id, other: f"{own}\n{other_id}\n{other}",
    "a leading zero": lambda own, *_: own.replace('"bytes":5', '"bytes":05'),
    "thousands of digits": lambda own, *_: own.replace('"bytes":5', '"bytes":' + "5" * 5_000),
    "half a character": lambda own, *_: own.replace('"filename":"', r'"filename":"\ud800'),
}


@pytest.mark.parametrize("almost", ALMOST_ANSWERS.values(), ids=ALMOST_ANSWERS)
def test_what_is_almost_an_answer_is_told_and_left_out(
    http: httpx2.Client, vandal: Vandal, files: list[str], almost: Callable[[str, str, str], str]
) -> None:
    own, other = (vandal.item(file_id)["file"]["S"] for file_id in files[1:3])
    vandal.mangle(files[1], file={"S": almost(own, files[2], other)})
    for path in ("", "/content"):
        assert reports_damage(http.get(f"/files/{files[1]}{path}"), files[1])
    assert [file["id"] for file in http.get("/files").json()["data"]] == [files[0], *files[2:]]


@pytest.mark.parametrize("value", ["x", "\u2028", "AAAAAAAAAAA=\r\nx: y"])
def test_a_checksum_that_is_none_is_told(
    http: httpx2.Client, vandal: Vandal, files: list[str], value: str
) -> None:
    vandal.mangle(files[1], crc64nvme={"S": value})
    assert reports_damage(http.get(f"/files/{files[1]}/content"), files[1])
    assert http.delete(f"/files/{files[1]}").status_code == 200


def test_a_purpose_that_only_the_stage_knows_is_no_damage(bed: Bed) -> None:
    with bed.deployed_with(upload_purposes=("user_data",)):
        http = bed.http_of("alice")
        form = {"files": {"file": ("a", b"1")}, "data": {"purpose": "user_data"}}
        made = http.post("/files", **form).json()  # type: ignore[arg-type]
        assert http.get(f"/files/{made['id']}").json() == made


def test_an_id_that_is_none_is_left_out_of_the_list(
    alice: openai.OpenAI, vandal: Vandal, files: list[str]
) -> None:
    odd = "file-zzz"
    answer = vandal.item(files[0])["file"]["S"].replace(files[0], odd)
    vandal.put_item({**vandal.item(files[0]), "id": {"S": odd}, "file": {"S": answer}})
    assert [file.id for file in alice.files.list(limit=1)] == files


@pytest.mark.parametrize("filename", ['a "b"\\c', "é\u2028ü", "\u007f", "{}", "x" * 255])
def test_every_answer_that_is_written_is_known_as_one(filename: str) -> None:
    for file in files_of("alice", 1, since=1_700_000_000, filename=filename):
        assert is_answer_of(file.id, file.rendered)
        assert not is_answer_of(ids.new_id(ids.FILE, 0), file.rendered)


KEYS: dict[str, Callable[[str], Any]] = {
    "another owner's": lambda key: {"S": key.replace("/alice/", "/bob/")},
    "another file's": lambda key: {"S": key[:-26] + NOBODYS_UPLOAD[-26:]},
    "no life's": lambda key: {"S": key.replace("expires-in-", "parts")},
    "within another's": lambda key: {"S": key.replace("/alice/", "/bob/alice/")},
    "empty": lambda _: {"S": ""},
    "a number": lambda _: {"N": "1"},
    "missing": lambda _: None,
}
every_bad_key = pytest.mark.parametrize("bad", KEYS.values(), ids=KEYS)


@every_bad_key
def test_a_file_with_a_key_that_is_not_its_own_is_neither_read_nor_deleted(
    bed: Bed,
    http: httpx2.Client,
    vandal: Vandal,
    files: list[str],
    bad: Callable[[str], Any],
) -> None:
    before = bed.object_keys()
    vandal.mangle(files[1], object_key=bad(vandal.item(files[1])["object_key"]["S"]))
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert reports_damage(http.request(method, f"/files/{files[1]}{path}"), files[1])
    bed.run_stream()
    assert bed.object_keys() == before


@every_bad_key
def test_the_reaper_deletes_nothing_by_a_key_that_is_not_its_own(
    bed: Bed, vandal: Vandal, files: list[str], log: Log, bad: Callable[[str], Any]
) -> None:
    before = bed.object_keys()
    vandal.mangle(files[1], object_key=bad(vandal.item(files[1])["object_key"]["S"]))
    vandal.lose_item(files[1])
    bed.run_stream()
    assert bed.object_keys() == before
    assert log.told == [("alice", files[1])]


def test_another_owner_s_copy_of_a_file_reads_and_destroys_nothing(
    bed: Bed, alice: openai.OpenAI, vandal: Vandal, files: list[str]
) -> None:
    vandal.copy_item(files[0], "bob")
    bob = bed.http_of("bob")
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert reports_damage(bob.request(method, f"/files/{files[0]}{path}"), files[0])
    vandal_of(bed.session, "bob").lose_item(files[0])
    bed.run_stream()
    assert alice.files.content(files[0]).content == b"12345"


@pytest.mark.parametrize("status", ["pending", "completed"])
def test_another_owner_s_copy_of_an_upload_ends_nothing_of_the_first_one(
    bed: Bed, alice_uploads: Uploader, vandal: Vandal, status: str
) -> None:
    upload = alice_uploads.begin(5)
    part = alice_uploads.stage(upload, b"12345")
    if status == "completed":
        file = alice_uploads.complete(upload, [part])
    vandal.copy_item(upload["id"], "bob")
    bob = bed.http_of("bob")
    for method, path in (
        ("GET", ""),
        ("GET", "/parts"),
        ("POST", "/cancel"),
        ("POST", "/complete"),
        ("POST", "/part_urls"),
    ):
        body = {"part_ids": [part], "part_numbers": [1]}
        told = bob.request(method, f"/uploads/{upload['id']}{path}", json=body)
        assert reports_damage(told, upload["id"])
    vandal_of(bed.session, "bob").lose_item(upload["id"])
    bed.run_stream()
    if status == "pending":
        file = alice_uploads.complete(upload, [part])
    assert alice_uploads.content(file) == b"12345"


SESSIONS: dict[str, dict[str, Any]] = {
    "no number of bytes": {"bytes": {"N": "1.5"}},
    "no bytes": {"bytes": None},
    "no session": {"session": None},
    "half a session": {"session": {"S": "{"}},
    "a list for a session": {"session": {"S": "[]"}},
    "a session of another shape": {"session": {"S": '{"seconds": 1}'}},
    "an unknown status": {"status": {"S": "done"}},
    "a status that is no text": {"status": {"N": "1"}},
    "completed without a file": {"status": {"S": "completed"}},
    "no object key": {"object_key": None},
    "no multipart id": {"multipart_id": None},
}
every_bad_session = pytest.mark.parametrize("damage", SESSIONS.values(), ids=SESSIONS)


@every_bad_session
def test_a_damaged_session_is_an_error_of_that_session_alone(
    http: httpx2.Client,
    alice_uploads: Uploader,
    vandal: Vandal,
    log: Log,
    damage: dict[str, Any],
) -> None:
    sound, damaged, other = (alice_uploads.begin(5)["id"] for _ in range(3))
    vandal.mangle(damaged, **damage)
    for method, path in (
        ("GET", ""),
        ("GET", "/parts"),
        ("POST", "/cancel"),
        ("POST", "/complete"),
    ):
        body = {"part_ids": ["part_00001"]}
        told = http.request(method, f"/uploads/{damaged}{path}", json=body)
        assert reports_damage(told, damaged)
    assert set(log.told) == {("alice", damaged)}
    page = http.get("/uploads").json()
    assert [upload["id"] for upload in page["data"]] == [other, sound]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (other, sound, False)
    page = http.get(f"/uploads?limit=1&after={other}").json()
    assert [upload["id"] for upload in page["data"]] == [sound]


def test_an_upload_s_id_that_is_none_is_left_out_of_the_list(
    http: httpx2.Client, alice_uploads: Uploader, vandal: Vandal
) -> None:
    upload = alice_uploads.begin(5)
    vandal.put_item({**vandal.item(upload["id"]), "id": {"S": "upload_zzz"}})
    assert [one["id"] for one in http.get("/uploads").json()["data"]] == [upload["id"]]


def test_a_file_whose_answer_alone_is_damaged_can_be_deleted(
    bed: Bed, alice: openai.OpenAI, http: httpx2.Client, vandal: Vandal, files: list[str]
) -> None:
    vandal.mangle(files[0], file={"S": "{"})
    assert alice.files.delete(files[0]).deleted
    bed.run_stream()
    assert http.get("/usage").json()["bytes"] == 20
    assert len(bed.object_keys()) == 4


def test_a_file_whose_bytes_are_not_known_is_not_deleted(
    http: httpx2.Client, vandal: Vandal, files: list[str]
) -> None:
    vandal.mangle(files[0], bytes={"N": "1.5"})
    assert reports_damage(http.delete(f"/files/{files[0]}"), files[0])
    assert len(http.get("/files").json()["data"]) == 5


def test_a_file_that_names_another_upload_s_object_is_not_deleted(
    bed: Bed, http: httpx2.Client, alice_uploads: Uploader, vandal: Vandal
) -> None:
    first, second = (alice_uploads.begin(5) for _ in range(2))
    files = [
        alice_uploads.complete(upload, [alice_uploads.stage(upload, b"12345")])
        for upload in (first, second)
    ]
    vandal.swap_keys(*(file["id"] for file in files))
    assert reports_damage(http.delete(f"/files/{files[0]['id']}"), files[0]["id"])
    bed.run_stream()
    assert len(bed.object_keys()) == 2


@pytest.mark.parametrize(
    "attribute", ["used_bytes", "reserved_bytes", "files", "uploads", "quota_bytes"]
)
@pytest.mark.parametrize("value", [{"N": "1.5"}, {"S": "5"}])
def test_a_mangled_usage_is_told_and_keeps_no_file_from_being_read(
    http: httpx2.Client,
    vandal: Vandal,
    files: list[str],
    log: Log,
    attribute: str,
    value: Any,
) -> None:
    vandal.mangle("usage", **{attribute: value})
    form = {"files": {"file": ("a", b"1")}, "data": {"purpose": "batch"}}
    for told in (http.get("/usage"), http.post("/files", **form)):  # type: ignore[arg-type]
        assert reports_damage(told, "your usage")
    assert set(log.told) == {("alice", "usage")}
    assert http.get(f"/files/{files[0]}").status_code == 200
    assert len(http.get("/files").json()["data"]) == 5


@pytest.mark.parametrize("value", [{"S": "5"}, {"NULL": True}])
def test_what_goes_while_the_usage_is_mangled_is_told_or_reaped_and_holds_nothing_up(
    bed: Bed, http: httpx2.Client, vandal: Vandal, files: list[str], value: Any
) -> None:
    vandal.mangle("usage", used_bytes=value)
    assert reports_damage(http.delete(f"/files/{files[0]}"), "your usage")
    vandal.lose_item(files[1])
    bed.run_stream()
    assert len(bed.object_keys()) == 4


def test_a_file_whose_bytes_are_mangled_keeps_no_expired_one_from_being_released(
    bed: Bed, http: httpx2.Client, vandal: Vandal, log: Log
) -> None:
    form = {"purpose": "batch", "expires_after[seconds]": "3600"}
    ids_ = [
        http.post("/files", files={"file": ("a", b"1234567890")}, data=form).json()["id"]
        for _ in range(3)
    ]
    bed.set_quota("alice", 30)
    vandal.mangle(ids_[0], bytes={"N": "1.5"})
    bed.clock.move(seconds=7200)
    assert http.get("/usage").json()["bytes"] == 10
    created = http.post("/files", files={"file": ("a", b"12345678901234567890")}, data=form)
    assert created.status_code == 200
    assert set(log.told) == {("alice", ids_[0])}


CLAIMS: dict[str, dict[str, Any]] = {
    "an answer that is a number": {"answer": {"N": "1"}},
    "half an answer": {"answer": {"S": "{"}},
    "a list for an answer": {"answer": {"S": "[]"}},
    "no fingerprint": {"fingerprint": None},
    "a lease that is no number": {"leased_until": {"S": "soon"}},
}


@pytest.mark.parametrize("damage", CLAIMS.values(), ids=CLAIMS)
def test_a_damaged_claim_is_an_error_of_its_key_alone(
    bed: Bed, http: httpx2.Client, vandal: Vandal, damage: dict[str, Any]
) -> None:
    def create(key: str) -> httpx2.Response:
        form = {"files": {"file": ("a", b"1")}, "data": {"purpose": "batch"}}
        return http.post("/files", headers={"Idempotency-Key": key}, **form)  # type: ignore[arg-type]

    create("one")
    [claim] = [i["id"]["S"] for i in bed.items() if i["id"]["S"].startswith("idempotency#")]
    vandal.mangle(claim, **damage)
    told = create("one")
    assert reports_damage(told, "this Idempotency-Key")
    assert claim not in told.text
    assert create("two").status_code == 200
